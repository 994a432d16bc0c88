import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer as createTcpServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Answer,
  otherBuild,
  platform,
  published,
  sha256,
  type SourceServer,
  startSource,
  sumsOf,
  workingPlugin,
} from "../../test/helpers/plugin-source.ts";
import { type ProgramResult, runProgram, temporaryFolder } from "../../test/helpers/run-program.ts";
import { createTestCa, type TestCa } from "../../test/servers/certificates.ts";

const file = `probe-${platform}`;
const others = { "probe-plan9-mips": "for another platform", "probe-windows-arm64.exe": "and another" };

let plugin: Buffer;
let ca: TestCa;
beforeAll(async () => {
  plugin = await workingPlugin();
  ca = await createTestCa();
});
afterAll(() => ca.remove());

interface Place {
  readonly cwd: string;
  readonly run: (...args: string[]) => Promise<ProgramResult>;
}

/** A folder without a configuration, and the program in it. */
async function project(env: Readonly<Record<string, string>> = {}): Promise<Place> {
  const cwd = await temporaryFolder();
  return {
    cwd,
    run: (...args) =>
      runProgram(args, { cwd, home: join(cwd, "home"), env: { PATH: process.env["PATH"] ?? "", HOME: cwd, ...env } }),
  };
}

const pluginFile = ({ cwd }: Place, name = "probe"): string =>
  join(cwd, ".configmanager", "plugins", name, `${name}-${platform}`);

async function lockOf({ cwd }: Place): Promise<Record<string, Record<string, unknown>>> {
  const text = await readFile(join(cwd, ".configmanager", "plugins.lock.json"), "utf8");
  return (JSON.parse(text) as { plugins: Record<string, Record<string, unknown>> }).plugins;
}

/** Everything below a folder. */
async function all({ cwd }: Place): Promise<readonly string[]> {
  return (await readdir(cwd, { recursive: true })).toSorted();
}

/** The names of what is in a plugin's folder, hidden files too. */
const inFolder = (place: Place): Promise<string[]> => readdir(join(place.cwd, ".configmanager", "plugins", "probe"));

describe("plugin install", () => {
  it("takes a plugin from an address, and locks the checksums of every platform", async () => {
    const { url } = await startSource(
      published({ [file]: plugin, ...others, "vault-linux-amd64": "not asked for" }, "/x/"),
    );
    const place = await project();
    const { exitCode, stdout, stderr } = await place.run("plugin", "install", "PROBE", "--from", `${url}/x/`);
    expect([exitCode, stdout]).toEqual([0, `installed: probe 1.2.3, ${pluginFile(place)}\n`]);
    expect(stderr).toBe(`locked in "${join(place.cwd, ".configmanager", "plugins.lock.json")}": commit that file\n`);
    expect(await readFile(pluginFile(place))).toEqual(plugin);
    expect((await stat(pluginFile(place))).mode & 0o777).toBe(0o755);
    for (const folder of [".configmanager", ".configmanager/plugins", ".configmanager/plugins/probe"]) {
      expect((await stat(join(place.cwd, folder))).mode & 0o022).toBe(0);
    }
    expect(await inFolder(place)).toEqual([file]);
    expect(await lockOf(place)).toEqual({
      probe: {
        source: `${url}/x`,
        checksums: {
          [platform]: `sha256:${sha256(plugin)}`,
          "plan9-mips": `sha256:${sha256(others["probe-plan9-mips"])}`,
          "windows-arm64": `sha256:${sha256(others["probe-windows-arm64.exe"])}`,
        },
        described: { appProtocol: 2, prefix: "PROBE", version: "1.2.3", metadataKeys: ["Version", "region"] },
      },
    });
    expect((await place.run("retrieve", "-t", "PROBE://versioned/1", "-p", "-", "--locked")).exitCode).toBe(0);
  });

  it("locks a platform that the source publishes later, when plugin lock asks for it", async () => {
    const source = await startSource(published({ [file]: plugin }));
    const place = await project();
    await place.run("plugin", "install", "probe", "--from", source.url);
    const asked = ["plugin", "lock", "--platform", "plan9-mips"];
    const before = await place.run(...asked);
    expect([before.exitCode, before.stderr]).toEqual([7, expect.stringContaining("CM_LOCKFILE_OUTDATED") as string]);
    for (const [path, answer] of Object.entries(published({ [file]: plugin, ...others }))) {
      source.answers.set(path, answer);
    }
    expect((await place.run(...asked)).exitCode).toBe(0);
    expect(await lockOf(place)).toMatchObject({
      probe: { source: source.url, checksums: { "plan9-mips": `sha256:${sha256(others["probe-plan9-mips"])}` } },
    });
  });

  it("takes one from a folder, with or without SHA256SUMS", async () => {
    for (const hasSums of [true, false]) {
      const place = await project();
      await mkdir(join(place.cwd, "from"));
      await writeFile(join(place.cwd, "from", file), plugin);
      await writeFile(join(place.cwd, "from", "probe-plan9-mips"), "other");
      if (hasSums) {
        await writeFile(join(place.cwd, "from", "SHA256SUMS"), sumsOf({ [file]: plugin, "probe-plan9-mips": "other" }));
      }
      const { exitCode } = await place.run("plugin", "install", "probe", "--from", "from");
      expect(exitCode).toBe(0);
      expect(await lockOf(place)).toMatchObject({
        probe: {
          source: "from",
          checksums: { [platform]: `sha256:${sha256(plugin)}`, "plan9-mips": `sha256:${sha256("other")}` },
        },
      });
    }
  });

  it("tries a script before it has its name, whatever a package.json above it says", async () => {
    const { url } = await startSource(published({ [file]: plugin }));
    const place = await project();
    await writeFile(join(place.cwd, "package.json"), '{ "type": "module" }');
    expect((await place.run("plugin", "install", "probe", "--from", url)).exitCode).toBe(0);
  });

  it("takes a version of a release page, and the newest, which it locks by its version", async () => {
    const next = otherBuild(plugin, "2");
    const source = await startSource({
      ...published({ [file]: plugin, ...others }, "/o/r/releases/download/v1.0.0/"),
      ...published({ [file]: next }, "/o/r/releases/download/v2.0.0/"),
    });
    for (const name of ["SHA256SUMS", file]) {
      source.answers.set(`/o/r/releases/latest/download/${name}`, (_request, response) => {
        response.writeHead(302, { location: `/o/r/releases/download/v2.0.0/${name}` }).end();
      });
    }
    const place = await project();
    const from = ["--from", `${source.url}/o/r/releases`];
    expect((await place.run("plugin", "install", "probe@v1.0.0", ...from)).stdout).toMatch(
      /^installed: probe v1.0.0, /,
    );
    expect(await readFile(pluginFile(place))).toEqual(plugin);
    expect((await place.run("plugin", "install", "probe", ...from)).stdout).toMatch(/^unchanged: probe v1.0.0, /);
    expect((await place.run("plugin", "install", "probe@latest")).stdout).toMatch(/^replaced: probe v2.0.0, /);
    expect(await readFile(pluginFile(place))).toEqual(next);
    expect(await lockOf(place)).toMatchObject({ probe: { version: "v2.0.0", source: `${source.url}/o/r/releases` } });
    // What the newest was found to be is kept to, and it is locked for its own platforms only.
    expect(source.paths().findLast((path) => path.endsWith(file))).toBe(`/o/r/releases/download/v2.0.0/${file}`);
    expect(Object.keys((await lockOf(place))["probe"]!["checksums"] as object)).toEqual([platform]);
    expect((await place.run("plugin", "install", "probe@v1.0.0")).stdout).toMatch(/^replaced: probe v1.0.0, /);
    expect((await place.run("plugin", "install", "--update")).stdout).toMatch(/^replaced: probe v2.0.0, /);
  });

  it("takes the usual source of the configuration, seen from its folder, and of a variable", async () => {
    const place = await project();
    await mkdir(join(place.cwd, "mine"));
    await writeFile(join(place.cwd, "mine", file), plugin);
    await mkdir(join(place.cwd, ".configmanager"));
    await writeFile(join(place.cwd, ".configmanager", "config.yaml"), "pluginSource: mine\n");
    await mkdir(join(place.cwd, "below"));
    const below = { cwd: join(place.cwd, "below"), env: { PATH: process.env["PATH"] ?? "" } };
    const config = join(place.cwd, ".configmanager", "config.yaml");
    expect((await runProgram(["plugin", "install", "probe", "--config", config], below)).exitCode).toBe(0);
    const withVariable = { ...below, env: { ...below.env, CONFIGMANAGER_PLUGIN_SOURCE: "../mine" } };
    expect((await runProgram(["plugin", "install", "probe"], withVariable)).exitCode).toBe(0);
  });

  it("says what to type when no source is known, and when a plugin ships", async () => {
    const place = await project();
    const { exitCode, stderr } = await place.run("plugin", "install", "probe");
    expect([exitCode, stderr]).toEqual([
      7,
      'error CM_INSTALL_SOURCE: no source is known for the plugin "probe"\n' +
        "  hint: configmanager plugin install probe --from URL, or set pluginSource\n",
    ]);

    expect(await all(place)).toEqual([]);
  });

  it("brings all that is locked, at the locked checksums, without a look at SHA256SUMS", async () => {
    const source = await startSource(published({ [file]: plugin }));
    const place = await project({ CI: "true" });
    await place.run("plugin", "install", "probe", "--from", source.url);
    await rm(join(place.cwd, ".configmanager", "plugins"), { recursive: true });
    const lock = await readFile(join(place.cwd, ".configmanager", "plugins.lock.json"), "utf8");
    source.answers.delete("/SHA256SUMS");
    source.requests.length = 0;
    const { exitCode, stdout } = await place.run("plugin", "install");
    expect([exitCode, stdout]).toEqual([0, `installed: probe 1.2.3, ${pluginFile(place)}\n`]);
    expect(source.paths()).toEqual([`/${file}`]);
    source.answers.clear();
    expect((await place.run("plugin", "install", "probe")).stdout).toMatch(/^unchanged: /);
    expect(await readFile(join(place.cwd, ".configmanager", "plugins.lock.json"), "utf8")).toBe(lock);
  });

  it("changes no lock in a locked run, and takes nothing that is not locked", async () => {
    const source = await startSource({
      ...published({ [file]: plugin }),
      ...published({ [file]: otherBuild(plugin, "2") }, "/two/"),
    });
    const place = await project();
    await place.run("plugin", "install", "probe", "--from", source.url);
    const lock = await lockOf(place);
    for (const words of [["table"], ["probe", "--update"], ["probe@v2"], ["probe", "--from", `${source.url}/two`]]) {
      const { exitCode, stderr } = await place.run("--locked", "plugin", "install", ...words);
      expect([exitCode, stderr]).toEqual([7, expect.stringContaining("CM_LOCKFILE_OUTDATED") as string]);
    }
    expect((await place.run("--locked", "plugin", "remove", "probe")).stderr).toContain("CM_LOCKFILE_OUTDATED");
    expect(await lockOf(place)).toEqual(lock);
    expect(await readFile(pluginFile(place))).toEqual(plugin);
  });

  it("adds this platform to a lock that knows others, when those are still the same", async () => {
    const source = await startSource(published({ ...others }));
    const place = await project();
    const lockFile = join(place.cwd, ".configmanager", "plugins.lock.json");
    await mkdir(join(place.cwd, ".configmanager"));
    const checksums = { "plan9-mips": `sha256:${sha256(others["probe-plan9-mips"])}` };
    await writeFile(
      lockFile,
      JSON.stringify({ lockVersion: 1, plugins: { probe: { source: source.url, checksums } } }),
    );
    const { exitCode, stderr } = await place.run("plugin", "install");
    expect([exitCode, stderr]).toEqual([
      7,
      expect.stringMatching(
        /has no plugin "probe" for .*\n {2}hint: it has it for plan9-mips, windows-arm64/,
      ) as string,
    ]);
    expect((await place.run("plugin", "install", "--locked")).stderr).toContain("CM_LOCKFILE_OUTDATED");
    source.answers.set("/SHA256SUMS", sumsOf({ ...others, [file]: plugin }));
    source.answers.set(`/${file}`, plugin);
    expect((await place.run("plugin", "install")).exitCode).toBe(0);
    expect(await lockOf(place)).toMatchObject({
      probe: { checksums: { ...checksums, [platform]: `sha256:${sha256(plugin)}` } },
    });
    await rm(pluginFile(place));
    await writeFile(
      lockFile,
      JSON.stringify({ lockVersion: 1, plugins: { probe: { source: source.url, checksums } } }),
    );
    source.answers.set("/SHA256SUMS", sumsOf({ "probe-plan9-mips": "changed", [file]: plugin }));
    expect((await place.run("plugin", "install")).stderr).toMatch(/CM_CHECKSUM_MISMATCH.*locked for plan9-mips/);
  });

  it("installs the others when one of several cannot be", async () => {
    const { url } = await startSource(published({ [file]: plugin }));
    const place = await project();
    const { exitCode, stdout, stderr } = await place.run("plugin", "install", "gone", "probe", "--from", url);
    expect([exitCode, stdout]).toEqual([7, `installed: probe 1.2.3, ${pluginFile(place)}\n`]);
    expect(stderr).toContain(`"${url}" has no plugin "gone"\n  hint: it has probe\n`);
  });

  it("puts it into the home folder, and says when a nearer one comes first", async () => {
    const { url } = await startSource(published({ [file]: plugin }));
    const place = await project();
    const first = await place.run("plugin", "install", "probe", "--home", "--from", url);
    expect(first.stderr).toBe(`locked in "${join(place.cwd, "home", ".configmanager", "plugins.lock.json")}"\n`);
    await place.run("plugin", "install", "probe", "--from", url);
    const { stderr } = await place.run("plugin", "install", "probe@latest", "--home", "--from", url);
    expect(stderr).toContain(`is not used, "${pluginFile(place)}" comes first`);
    expect((await stat(join(place.cwd, "home", ".configmanager", "plugins", "probe", file))).isFile()).toBe(true);
    const elsewhere = await project({ CONFIGMANAGER_DIR: join(place.cwd, "chosen") });
    await elsewhere.run("plugin", "install", "probe", "--from", url);
    expect((await stat(join(place.cwd, "chosen", ".configmanager", "plugins", "probe", file))).isFile()).toBe(true);
    expect(await all(elsewhere)).toEqual([]);
  });

  it("writes nothing but one line for each plugin into a pipe, and a bar on a terminal", async () => {
    const { url } = await startSource({
      ...published({ [file]: plugin }),
      [`/${file}`]: (_request, response) => {
        response.writeHead(200, { "content-length": plugin.length });
        response.write(plugin.subarray(0, 1000));
        setTimeout(() => response.end(plugin.subarray(1000)), 500);
      },
    });
    const { cwd } = await project();
    const env = { PATH: process.env["PATH"] ?? "" };
    const args = ["plugin", "install", "probe", "--from", url];
    const terminal = await runProgram(args, { cwd, env, stderrIsTerminal: true });
    expect(terminal.stderr).toMatch(/\r\u001b\[2Kprobe \[\.+\] {3}0% {2}0\.0 of \d+\.\d MB/);
    const pipe = await runProgram([...args, "--update"], { cwd, env });
    expect(pipe.stderr).toBe("");
  });
});

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

describe("a source that gets better", () => {
  it("is asked again after errors that may go away", async () => {
    let failures = 0;
    const flaky =
      (
        good: Buffer | string,
        fail: (response: Parameters<Extract<Answer, (...args: never) => void>>[1]) => void,
      ): Answer =>
      (_request, response) => {
        if (failures++ % 2 === 0) fail(response);
        else response.writeHead(200, { "content-length": Buffer.byteLength(good) }).end(good);
      };
    const source = await startSource({
      "/SHA256SUMS": flaky(sumsOf({ [file]: plugin }), (response) => void response.writeHead(500).end()),
      [`/${file}`]: flaky(plugin, (response) => {
        response.writeHead(200, { "content-length": plugin.length });
        response.write(plugin.subarray(0, 5000), () => response.destroy());
      }),
    });
    const place = await project();
    expect((await place.run("plugin", "install", "probe", "--from", source.url)).exitCode).toBe(0);
    expect(source.paths()).toEqual(["/SHA256SUMS", "/SHA256SUMS", `/${file}`, `/${file}`]);
    expect(await readFile(pluginFile(place))).toEqual(plugin);
  });

  it("may send gzip", async () => {
    const packed =
      (bytes: Buffer | string): Answer =>
      (_request, response) =>
        void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(bytes));
    const source = await startSource({
      "/SHA256SUMS": packed(sumsOf({ [file]: plugin })),
      [`/${file}`]: packed(plugin),
    });
    const place = await project();
    expect((await place.run("plugin", "install", "probe", "--from", source.url)).exitCode).toBe(0);
    expect(await readFile(pluginFile(place))).toEqual(plugin);
  });

  it("needs no SHA256SUMS when that is said, and is then locked for this platform", async () => {
    const source = await startSource({ [`/${file}`]: plugin });
    const place = await project();
    expect((await place.run("plugin", "install", "probe", "--from", source.url)).stderr).toContain(
      "--without-checksums",
    );
    const { exitCode } = await place.run("plugin", "install", "probe", "--from", source.url, "--without-checksums");
    expect(exitCode).toBe(0);
    expect(await lockOf(place)).toMatchObject({ probe: { checksums: { [platform]: `sha256:${sha256(plugin)}` } } });
    source.answers.set(`/${file}`, otherBuild(plugin, "2"));
    await rm(pluginFile(place));
    expect((await place.run("plugin", "install", "probe")).stderr).toMatch(/CM_CHECKSUM_MISMATCH.* is locked\n/);
  });
});

describe("the way to a source", () => {
  it("leads through the proxy of the environment", async () => {
    const proxy = await startSource();
    for (const [path, answer] of Object.entries(published({ [file]: plugin }))) {
      proxy.answers.set(`http://plugins.example:80${path}`, answer);
    }
    const place = await project({ HTTP_PROXY: proxy.url });
    expect((await place.run("plugin", "install", "probe", "--from", "http://plugins.example")).exitCode).toBe(0);
    expect(await lockOf(place)).toMatchObject({ probe: { source: "http://plugins.example" } });
    const refused = await place.run("plugin", "install", "probe", "--from", "http://other.example");
    expect(refused.stderr).toContain('there is no "http://other.example/SHA256SUMS"');
    const broken = await project({ HTTPS_PROXY: "socks5://user:s3cret@host" });
    const { exitCode, stderr } = await broken.run("plugin", "install", "probe", "--from", "https://plugins.example");
    expect([exitCode, stderr]).toEqual([
      7,
      expect.stringContaining("the proxy of the environment cannot be used") as string,
    ]);
    expect(stderr).not.toContain("s3cret");
  });

  it("is left when the run takes too long", async () => {
    const { url } = await startSource({ "/SHA256SUMS": () => {} });
    const place = await project();
    const { exitCode, stderr } = await place.run("plugin", "install", "probe", "--run-timeout", "300ms", "--from", url);
    expect([exitCode, stderr]).toEqual([6, expect.stringContaining("CM_STORE_TIMEOUT") as string]);
    expect(await all(place)).toEqual([]);
  });
});

describe("the token of the environment", () => {
  it("goes to the source's host, and not with a redirect to another", async () => {
    const elsewhere = await startSource(published({ [file]: plugin }));
    const source: SourceServer = await startSource({
      "/SHA256SUMS": (_request, response) => void response.writeHead(302, { location: "/real/SHA256SUMS" }).end(),
      "/real/SHA256SUMS": sumsOf({ [file]: plugin }),
      [`/${file}`]: (_request, response) =>
        void response.writeHead(307, { location: `${elsewhere.url}/${file}` }).end(),
    });
    const place = await project({ CONFIGMANAGER_SOURCE_TOKEN: "t0ken" });
    const { exitCode, stdout, stderr } = await place.run("plugin", "install", "probe", "--from", source.url, "-v");
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toContain("t0ken");
    expect(source.requests.map(({ authorization }) => authorization)).toEqual([
      "Bearer t0ken",
      "Bearer t0ken",
      "Bearer t0ken",
    ]);
    expect(elsewhere.requests).toEqual([{ path: `/${file}`, authorization: undefined }]);
  });

  it("goes in the clear to this machine alone, whatever a host is called", async () => {
    const proxy = await startSource({ "http://127.evil.example:80/SHA256SUMS": sumsOf({ [file]: plugin }) });
    const place = await project({ CONFIGMANAGER_SOURCE_TOKEN: "t0ken", HTTP_PROXY: proxy.url });
    await place.run("plugin", "install", "probe", "--from", "http://127.evil.example");
    expect(proxy.requests.length).toBeGreaterThan(0);
    expect(proxy.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });
});

describe("a proxy that speaks TLS", () => {
  it("is spoken to by TLS for addresses without it too", async () => {
    const firstBytes: number[] = [];
    const server = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", (bytes) => {
        firstBytes.push(bytes[0]!);
        socket.destroy();
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { readonly port: number };
    const place = await project({ HTTP_PROXY: `https://user:s3cret@127.0.0.1:${port}` });
    const { exitCode, stderr } = await place.run("plugin", "install", "probe", "--from", "http://plugins.example");
    server.close();
    expect(exitCode).toBe(7);
    expect(stderr).not.toContain("s3cret");
    // What begins a handshake of TLS, and nothing of HTTP.
    expect(new Set(firstBytes)).toEqual(new Set([0x16]));
  });
});

describe("a lock that leads elsewhere", () => {
  it("is not followed out of its source by what it calls a version", async () => {
    const source = await startSource(published({ [file]: plugin }, "/good/releases/download/v1/"));
    const place = await project();
    await place.run("plugin", "install", "probe@v1", "--from", `${source.url}/good/releases`);
    const lockFile = join(place.cwd, ".configmanager", "plugins.lock.json");
    const text = await readFile(lockFile, "utf8");
    await writeFile(lockFile, text.replace('"version": "v1"', '"version": "../../../../evil/x"'));
    await rm(pluginFile(place));
    const before = source.requests.length;
    const { exitCode, stderr } = await place.run("plugin", "install");
    expect([exitCode, stderr]).toEqual([7, expect.stringContaining("CM_INSTALL_SOURCE") as string]);
    expect(source.requests).toHaveLength(before);
  });
});

describe.runIf(process.platform === "linux")("a folder that cannot be made", () => {
  it("is told at once, also where the file system says that there is no such file", async () => {
    const place = await project({ CONFIGMANAGER_DIR: "/proc/nowhere" });
    await mkdir(join(place.cwd, "from"));
    await writeFile(join(place.cwd, "from", file), plugin);
    const { exitCode, stderr } = await place.run("plugin", "install", "probe", "--from", "from");
    expect([exitCode, stderr]).toEqual([7, expect.stringContaining("CM_INSTALL_FAILED") as string]);
  });
});

describe("a command line that cannot be", () => {
  it.each([
    { args: ["probe", "--from", "ftp://host/x"], message: 'plugins are not installed from "ftp:"' },
    {
      args: ["probe", "--from", "file:///x"],
      message: 'plugins are not installed from "file:"\n  hint: write the folder\'s path',
    },
    { args: ["probe", "--from", "https://u:s3cret@host/"], message: "the source is no address" },
    { args: ["probe", "--from", "https://host/?a=s3cret"], message: "the source is no address" },
    { args: ["my-plugin"], message: '"my-plugin" is no name of a plugin' },
    { args: ["../x"], message: '"../x" is no name of a plugin' },
    { args: ["probe@../1"], message: '"probe@../1" names no version' },
    { args: ["probe@v1", "--update"], message: "asks for a version and for the newest" },
    { args: ["probe@v1", "probe@v2", "--from", "x"], message: '"probe" is asked for in two versions' },
    { args: [], message: "no plugin is named, and none is locked" },
  ])("$args", async ({ args, message }) => {
    const place = await project();
    const { exitCode, stderr } = await place.run("plugin", "install", ...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message) as string]);
    expect(stderr).not.toContain("s3cret");
    expect(await all(place)).toEqual([]);
  });
});

/** The head of a program for a machine that nobody tests on. */
function foreignElf(): Buffer {
  const head = Buffer.alloc(64);
  head.write("\x7fELF\x02\x01\x01", "latin1");
  head.writeUInt16LE(22, 18);
  return head;
}
