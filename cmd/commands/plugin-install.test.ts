/** `plugin install` from folders, addresses and release pages; `plugin-install-faults.test.ts` has what these may do wrong. */
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer as createTcpServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { all, file, inFolder, lockOf, pluginFile, project } from "../../test/helpers/install-place.ts";
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
import { runProgram } from "../../test/helpers/run-program.ts";
import { createTestCa, type TestCa } from "../../test/servers/certificates.ts";

const others = { "probe-plan9-mips": "for another platform", "probe-windows-arm64.exe": "and another" };

let plugin: Buffer;
let ca: TestCa;
beforeAll(async () => {
  plugin = await workingPlugin();
  ca = await createTestCa();
});
afterAll(() => ca.remove());

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
