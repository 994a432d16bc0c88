/** What a source may do wrong while a plugin is installed from it: everything is then as it was. */
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer as createTcpServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { all, file, inFolder, lockOf, pluginFile, project } from "../../test/helpers/install-place.ts";
import {
  type Answer,
  otherBuild,
  published,
  startSource,
  sumsOf,
  workingPlugin,
} from "../../test/helpers/plugin-source.ts";
import { createTestCa, type TestCa } from "../../test/servers/certificates.ts";

let plugin: Buffer;
let ca: TestCa;
beforeAll(async () => {
  plugin = await workingPlugin();
  ca = await createTestCa();
});
afterAll(() => ca.remove());

describe("a source with a fault leaves everything as it was", () => {
  const sums = (): Answer => sumsOf({ [file]: plugin });
  const redirect =
    (location: string): Answer =>
    (_request, response) =>
      void response.writeHead(302, { location }).end();

  it.each<{ name: string; answers: () => Record<string, Answer>; message: RegExp }>([
    {
      name: "no such page",
      answers: () => ({}),
      message: /CM_INSTALL_SOURCE: there is no ".*\/SHA256SUMS", so nothing says/,
    },
    {
      name: "a page in place of the checksums",
      answers: () => ({ "/SHA256SUMS": "<!DOCTYPE html>\n<title>Welcome</title>" }),
      message: /CM_INSTALL_SOURCE: ".*SHA256SUMS" is a web page, not a list of checksums/,
    },
    {
      name: "checksums that contradict each other",
      answers: () => ({ "/SHA256SUMS": sumsOf({ [file]: "a" }) + sumsOf({ [file]: "b" }) }),
      message: /CM_INSTALL_SOURCE: ".*SHA256SUMS" is something else, not a list/,
    },
    {
      name: "no file",
      answers: () => ({ "/SHA256SUMS": sums() }),
      message: /CM_INSTALL_SOURCE: there is no ".*" \(404\)/,
    },
    {
      name: "a page in place of the program",
      answers: () => ({ "/SHA256SUMS": sums(), [`/${file}`]: "<html>log in first</html>" }),
      message: /CM_CHECKSUM_MISMATCH: ".*" is a web page, and sha256:[0-9a-f]{12}… its SHA256SUMS says/,
    },
    {
      name: "a page that SHA256SUMS is right about",
      answers: () => published({ [file]: "<html>log in first</html>" }),
      message:
        /CM_INSTALL_NOT_A_PLUGIN: what came for "probe" is no plugin that works here: .* is a web page, not a program/,
    },
    {
      name: "another file",
      answers: () => ({ "/SHA256SUMS": sums(), [`/${file}`]: otherBuild(plugin, "bad") }),
      message: /CM_CHECKSUM_MISMATCH: ".*" is sha256:[0-9a-f]{12}…, and sha256:[0-9a-f]{12}… its SHA256SUMS says/,
    },
    {
      name: "a program for another machine",
      answers: () => published({ [file]: foreignElf() }),
      message: /CM_INSTALL_NOT_A_PLUGIN: .* is elf for (?!amd64).*, which .* does not run/,
    },
    {
      name: "a program that is no plugin",
      answers: () => published({ [file]: "#!/bin/sh\nexit 3\n" }),
      message: /CM_INSTALL_NOT_A_PLUGIN: /,
    },
    {
      name: "a body that ends too early",
      answers: () => ({
        "/SHA256SUMS": sums(),
        [`/${file}`]: (_request, response) => {
          response.writeHead(200, { "content-length": plugin.length });
          response.write(plugin.subarray(0, 100), () => response.destroy());
        },
      }),
      message: /CM_INSTALL_SOURCE: cannot get ".*": the connection was reset \(ECONNRESET\)/,
    },
    {
      name: "a chunked body that ends too early",
      answers: () => ({
        "/SHA256SUMS": sums(),
        [`/${file}`]: (_request, response) => {
          response.writeHead(200);
          response.write(plugin.subarray(0, 100), () => response.destroy());
        },
      }),
      message: /CM_INSTALL_SOURCE: cannot get ".*": the connection was reset \(ECONNRESET\)/,
    },
    {
      name: "a length that is too short",
      answers: () => ({
        "/SHA256SUMS": sums(),
        [`/${file}`]: (_request, response) => {
          response.writeHead(200, { "content-length": 100, connection: "close" });
          response.socket?.end(plugin.subarray(0, 100));
        },
      }),
      message: /CM_CHECKSUM_MISMATCH|CM_INSTALL_SOURCE/,
    },
    {
      name: "errors of the server",
      answers: () => ({ "/SHA256SUMS": (_request, response) => void response.writeHead(503).end() }),
      message: /CM_INSTALL_SOURCE: ".*" answers with status 503/,
    },
    {
      name: "a refusal",
      answers: () => ({ "/SHA256SUMS": (_request, response) => void response.writeHead(403).end() }),
      message: /CM_INSTALL_SOURCE: you may not have ".*" \(403\)\n {2}hint: set CONFIGMANAGER_SOURCE_TOKEN/,
    },
    {
      name: "a redirect to a file",
      answers: () => ({ "/SHA256SUMS": redirect("file:///etc/passwd") }),
      message: /sends on to "file:", which is not followed/,
    },
    {
      name: "a redirect to nowhere",
      answers: () => ({ "/SHA256SUMS": redirect("http://") }),
      message: /sends on to nowhere \(302\)/,
    },
    {
      name: "a circle of redirects",
      answers: () => ({ "/SHA256SUMS": redirect("/a"), "/a": redirect("/SHA256SUMS") }),
      message: /sends on in a circle/,
    },
    {
      name: "redirects without an end",
      answers: () => ({
        "/SHA256SUMS": (request, response) => {
          const at = Number(new URL(request.url ?? "", "http://x").searchParams.get("n") ?? 0);
          response.writeHead(302, { location: `/SHA256SUMS?n=${at + 1}` }).end();
        },
      }),
      message: /sends on more than 10 times/,
    },
    {
      name: "an encoding that nobody asked for",
      answers: () => ({
        "/SHA256SUMS": (_request, response) => void response.writeHead(200, { "content-encoding": "br" }).end("x"),
      }),
      message: /comes in the encoding "br"/,
    },
    {
      name: "gzip that is none",
      answers: () => ({
        "/SHA256SUMS": (_request, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end("x"),
      }),
      message: /CM_INSTALL_SOURCE: ".*" cannot be read \(Z_\w+\)/,
    },
    {
      name: "silence before the answer",
      answers: () => ({ "/SHA256SUMS": () => {} }),
      message: /CM_INSTALL_SOURCE: cannot get ".*": it did not answer in time \(ETIMEDOUT\)/,
    },
    {
      name: "silence in the middle",
      answers: () => ({
        "/SHA256SUMS": sums(),
        [`/${file}`]: (_request, response) => {
          response.writeHead(200, { "content-length": plugin.length });
          response.write(plugin.subarray(0, 100));
        },
      }),
      message: /CM_INSTALL_SOURCE: cannot get ".*": it did not answer in time \(ETIMEDOUT\)/,
    },
  ])("$name", { timeout: 30_000 }, async ({ answers, message }) => {
    const source = await startSource(answers());
    const args = ["plugin", "install", "probe", "--timeout", "300ms", "--from"];
    const fresh = await project();
    const first = await fresh.run(...args, source.url);
    expect([first.exitCode, first.stdout]).toEqual([7, ""]);
    expect(first.stderr).toMatch(message);
    expect(await all(fresh)).toEqual([]);

    const old = otherBuild(plugin, "old");
    const good = await startSource(published({ [file]: old }));
    const place = await project();
    await place.run("plugin", "install", "probe", "--from", good.url);
    const before = { lock: await lockOf(place), all: await all(place) };
    expect((await place.run(...args, source.url)).exitCode).toBe(7);
    expect({ lock: await lockOf(place), all: await all(place) }).toEqual(before);
    expect(await readFile(pluginFile(place))).toEqual(old);
  });

  it("nobody who listens", async () => {
    const server = createTcpServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    server.close();
    const place = await project();
    const { exitCode, stderr } = await place.run("plugin", "install", "probe", "--from", `http://127.0.0.1:${port}`);
    expect([exitCode, stderr]).toEqual([
      7,
      expect.stringMatching(/the connection was refused \(ECONNREFUSED\)/) as string,
    ]);
  });

  it("a redirect from https to http; the other way is followed", async () => {
    const certificate = await ca.certificateFor(["127.0.0.1"]);
    const plain = await startSource(published({ [file]: plugin }));
    const secure = await startSource({}, certificate);
    const place = await project({ SSL_CERT_FILE: ca.caFile });
    secure.answers.set("/SHA256SUMS", redirect(`${plain.url}/SHA256SUMS`));
    expect((await place.run("plugin", "install", "probe", "--from", secure.url)).stderr).toMatch(
      /sends on to "http:", which is not followed/,
    );
    for (const [path, answer] of Object.entries(published({ [file]: plugin }))) {
      secure.answers.set(path, answer);
      plain.answers.set(path, redirect(`${secure.url}${path}`));
    }
    expect((await place.run("plugin", "install", "probe", "--from", plain.url)).exitCode).toBe(0);
  });

  it("a certificate that is not trusted", async () => {
    const secure = await startSource(published({ [file]: plugin }), await ca.certificateFor(["127.0.0.1"]));
    const place = await project();
    const { stderr } = await place.run("plugin", "install", "probe", "--from", secure.url);
    expect(stderr).toMatch(/its certificate is not trusted .*\n {2}hint: set NODE_EXTRA_CA_CERTS/);
  });

  it("a lock that cannot be read, before anything is fetched", async () => {
    const source = await startSource(published({ [file]: plugin }));
    const place = await project();
    await mkdir(join(place.cwd, ".configmanager"));
    await writeFile(join(place.cwd, ".configmanager", "plugins.lock.json"), "{");
    expect((await place.run("plugin", "install", "probe", "--from", source.url)).stderr).toContain(
      "CM_LOCKFILE_INVALID",
    );
    expect(source.paths()).toEqual([]);
  });

  it("a file where a folder should be, and a folder where the file should be", async () => {
    const { url } = await startSource(published({ [file]: plugin }));
    const blocked = await project();
    await writeFile(join(blocked.cwd, ".configmanager"), "");
    const first = await blocked.run("plugin", "install", "probe", "--from", url);
    expect([first.exitCode, first.stderr]).toEqual([
      7,
      expect.stringMatching(/CM_INSTALL_FAILED: ".*" cannot be placed: a file is where/) as string,
    ]);
    const other = await project();
    await mkdir(pluginFile(other), { recursive: true });
    expect((await other.run("plugin", "install", "probe", "--from", url)).stderr).toMatch(
      /CM_INSTALL_FAILED: ".*" cannot be placed: a folder is where the file should be \(EISDIR\)/,
    );
    expect(await inFolder(other)).toEqual([file]);
  });

  it("a folder that everybody can write", async () => {
    const { url } = await startSource(published({ [file]: plugin }));
    const place = await project();
    const folder = join(place.cwd, ".configmanager", "plugins", "probe");
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o777);
    const { stderr } = await place.run("plugin", "install", "probe", "--from", url);
    expect(stderr).toContain(`the plugin folder "${folder}" can be written by everybody`);
    expect(await inFolder(place)).toEqual([]);
  });

  it("a lock that cannot be written", async () => {
    const { url } = await startSource(published({ [file]: plugin }));
    const place = await project();
    await mkdir(join(place.cwd, ".configmanager", "plugins"), { recursive: true });
    // A link into nowhere: there is no lock, and none can be made.
    await symlink(join(place.cwd, "nowhere", "lock"), join(place.cwd, ".configmanager", "plugins.lock.json"));
    const { exitCode, stderr } = await place.run("plugin", "install", "probe", "--from", url);
    expect([exitCode, stderr]).toEqual([8, expect.stringContaining("CM_OUTPUT_UNWRITABLE") as string]);
    expect((await all(place)).filter((name) => name.includes("probe"))).toEqual([]);
  });
});

/** The head of a program for a machine that nobody tests on. */
function foreignElf(): Buffer {
  const head = Buffer.alloc(64);
  head.write("\x7fELF\x02\x01\x01", "latin1");
  head.writeUInt16LE(22, 18);
  return head;
}
