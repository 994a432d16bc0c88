import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Fault, releaseOf, serveRelease } from "../test/helpers/release-server.ts";
import { root } from "../test/helpers/source-files.ts";
import { findTool, posixShells, toolFolder } from "../test/helpers/tool-folder.ts";
import { installerOf } from "./installer.ts";

const script = readFileSync(join(root, "release", "install.sh"), "utf8");
const program = "#!/bin/sh\necho 1.2.3\n";
const systems = [
  "linux-amd64",
  "linux-arm64",
  "linux-amd64-musl",
  "linux-arm64-musl",
  "darwin-amd64",
  "darwin-arm64",
  "windows-amd64.exe",
];
const names = systems.map((system) => `configmanager-${system}`);
const good = releaseOf(Object.fromEntries(names.map((name) => [name, `${program}# ${name}\n`])));
const basicTools = "sh uname mkdir mktemp rm cat awk cut chmod mv tr grep sysctl".split(" ");
const hashTools = "sha256sum shasum openssl".split(" ");

describe.skipIf(process.platform === "win32")("install.sh", () => {
  describe.each(posixShells())("in %s %s", (...shell) => {
    it("installs the latest release, checked and executable", async () => {
      const { folder, dir } = workFolder();
      const server = await serveRelease(good);
      const { exitCode, stdout, stderr } = await install({
        shell,
        folder,
        args: ["--base", server.base, "--dir", dir],
      });
      expect([exitCode, stdout]).toEqual([0, ""]);
      expect(stderr).toContain(`installed configmanager 1.2.3 as ${dir}/configmanager\n`);
      expect(stderr).toContain(`export PATH="${dir}:$PATH"`);
      expect(readFileSync(join(dir, "configmanager"), "utf8")).toMatch(/^#!\/bin\/sh\necho 1\.2\.3\n/);
      expect(statSync(join(dir, "configmanager")).mode & 0o777).toBe(0o755);
      expect(readdirSync(dir)).toEqual(["configmanager"]);
      expect(server.asked[0]).toBe("/releases/latest/download/SHA256SUMS");
    });

    it("replaces an older one, which is whole until then", async () => {
      const { folder, dir } = workFolder();
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, "configmanager"), "old");
      const server = await serveRelease(good);
      await install({ shell, folder, args: ["--base", server.base, "--dir", dir, "--version", "v1.2.3"] });
      expect(readFileSync(join(dir, "configmanager"), "utf8")).not.toBe("old");
      expect(server.asked[0]).toBe("/releases/download/v1.2.3/SHA256SUMS");
    });

    it.each(faults)("leaves what is there when %s", async (_title, files, message) => {
      const { folder, dir } = workFolder();
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, "configmanager"), "old");
      const { base } = await serveRelease(new Map([...good, ...files]));
      const { exitCode, stderr } = await install({ shell, folder, args: ["--base", base, "--dir", dir] });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(message);
      expect(readdirSync(dir)).toEqual(["configmanager"]);
      expect(readFileSync(join(dir, "configmanager"), "utf8")).toBe("old");
    });

    it("does nothing at all when the script itself was cut off", async () => {
      const { folder, dir } = workFolder();
      const server = await serveRelease(good);
      const env = { CONFIGMANAGER_INSTALL_BASE: server.base, CONFIGMANAGER_INSTALL_DIR: dir };
      const ends = [...script.matchAll(/\n/g)].map(({ index }) => index).filter((_end, number) => number % 9 === 0);
      const lastPlaces = Array.from({ length: 24 }, (_unused, back) => script.length - 3 - back);
      for (const end of [...ends, ...lastPlaces]) {
        if (end <= script.indexOf("{")) continue;
        const { exitCode } = await install({ shell, folder, env, text: script.slice(0, end) });
        expect(exitCode, `cut off at ${end}`).not.toBe(0);
      }
      expect(server.asked).toEqual([]);
      expect(readdirSync(folder)).not.toContain("bin");
    });
  });

  it("goes by the variables for base and folder, and by the address that the release build wrote", async () => {
    const { folder, dir } = workFolder();
    const server = await serveRelease(good);
    const env = { CONFIGMANAGER_INSTALL_DIR: dir };
    await install({ folder, env, text: installerOf(script, `${server.base}/`) });
    expect(readdirSync(dir)).toEqual(["configmanager"]);
    rmSync(dir, { recursive: true });
    await install({ folder, env: { CONFIGMANAGER_INSTALL_BASE: server.base } });
    expect(readdirSync(join(folder, "home", ".local", "bin"))).toEqual(["configmanager"]);
  });

  it.each([
    ["Linux", "x86_64", "glibc", "linux-amd64"],
    ["Linux", "aarch64", "glibc", "linux-arm64"],
    ["Linux", "amd64", "musl", "linux-amd64-musl"],
    ["Linux", "arm64", "musl", "linux-arm64-musl"],
    ["Darwin", "x86_64", "", "darwin-amd64"],
    ["Darwin", "arm64", "", "darwin-arm64"],
  ])("takes on %s %s %s the executable for %s", async (os, arch, libc, platform) => {
    const { folder, dir } = workFolder();
    const server = await serveRelease(good);
    const tools = { uname: `if [ "$1" = -s ]; then echo ${os}; else echo ${arch}; fi`, sysctl: "exit 1" };
    const args = ["--base", server.base, "--dir", dir, ...(libc === "" ? [] : ["--libc", libc])];
    expect((await install({ folder, args, tools })).exitCode).toBe(0);
    expect(server.asked.at(-1)).toBe(`/releases/latest/download/configmanager-${platform}`);
  });

  it("takes in a shell on Windows the executable for Windows, with its ending", async () => {
    const { folder, dir } = workFolder();
    const server = await serveRelease(good);
    const tools = { uname: 'if [ "$1" = -s ]; then echo MINGW64_NT-10.0-26100; else echo x86_64; fi' };
    expect((await install({ folder, args: ["--base", server.base, "--dir", dir], tools })).exitCode).toBe(0);
    expect(server.asked.at(-1)).toBe("/releases/latest/download/configmanager-windows-amd64.exe");
    expect(readdirSync(dir)).toEqual(["configmanager.exe"]);
  });

  it("takes the executable for Apple's processors in a shell that Rosetta translates", async () => {
    const { folder, dir } = workFolder();
    const server = await serveRelease(good);
    const tools = { uname: 'if [ "$1" = -s ]; then echo Darwin; else echo x86_64; fi', sysctl: "echo 1" };
    await install({ folder, args: ["--base", server.base, "--dir", dir], tools });
    expect(server.asked.at(-1)).toBe("/releases/latest/download/configmanager-darwin-arm64");
  });

  it.each([
    ["FreeBSD", "amd64", /no executable for FreeBSD\n.*npm install/],
    ["Linux", "riscv64", /no executable for riscv64\n.*npm install/],
  ])("says what to do on %s %s", async (os, arch, message) => {
    const { folder } = workFolder();
    const tools = { uname: `if [ "$1" = -s ]; then echo ${os}; else echo ${arch}; fi` };
    const { exitCode, stderr } = await install({ folder, args: ["--base", "https://localhost:1"], tools });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(message)]);
  });

  it.each([
    ["no option of that name", ["--nonsense"], /no option "--nonsense"/],
    ["an option without its value", ["--dir"], /--dir needs a value/],
    ["no address", [], /not known where the releases are\n.*--base URL/],
    ["an address of another kind", ["--base", "file:///etc"], /does not begin with https:\/\/: "file:\/\/\/etc"/],
    ["a version with a slash", ["--base", "https://localhost:1", "--version", "../1"], /"..\/1" is no version/],
    ["a libc that is none", ["--base", "https://localhost:1", "--libc", "uclibc"], /not "uclibc"/],
  ])("refuses %s before it asks anybody", async (_title, args, message) => {
    const { folder } = workFolder();
    const { exitCode, stderr } = await install({ folder, args });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(message)]);
  });

  it.each([
    ["a folder below a file", "file/bin", /folder ".*file\/bin" cannot be made\n.*--dir/],
    ["a folder that nobody may write to", "locked", /folder ".*locked" cannot be written to\n.*--dir/],
    ["a place where a folder is", "taken", /taken\/configmanager" is a folder/],
  ])("says so for %s, and asks nobody for the file", async (_title, where, message) => {
    const { folder } = workFolder();
    writeFileSync(join(folder, "file"), "");
    mkdirSync(join(folder, "locked"), { mode: 0o555 });
    mkdirSync(join(folder, "taken", "configmanager"), { recursive: true });
    const server = await serveRelease(good);
    const args = ["--base", server.base, "--dir", join(folder, where)];
    const { exitCode, stderr } = await install({ folder, args, isNobody: true });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(server.asked).toEqual([]);
  });

  it("says that there is nothing to download with, or to check with", async () => {
    const { folder, dir } = workFolder();
    const server = await serveRelease(good);
    const args = ["--base", server.base, "--dir", dir];
    const mute = await install({ folder, args, only: hashTools });
    expect(mute.stderr).toContain("neither curl nor wget");
    const blind = await install({ folder, args, only: ["curl", "wget"] });
    expect(blind.stderr).toContain("neither sha256sum, shasum nor openssl");
    expect([mute.exitCode, blind.exitCode]).toEqual([1, 1]);
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each(
    ["curl", "wget"]
      .flatMap((client) => hashTools.map((hash) => [client, hash] as const))
      .filter((pair) => pair.every(findTool)),
  )("needs %s and %s alone", async (client, hash) => {
    const { folder, dir } = workFolder();
    const server = await serveRelease(good);
    const args = ["--base", server.base, "--dir", dir];
    // shasum is a script of Perl.
    const { exitCode, stderr } = await install({ folder, args, only: [client, hash, "perl"] });
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("installed configmanager 1.2.3")]);
  });

  it.skipIf(findTool("busybox") === undefined)("downloads with the wget of busybox", async () => {
    const { folder, dir } = workFolder();
    const server = await serveRelease(good);
    const tools = { wget: 'exec busybox wget "$@"' };
    const args = ["--base", server.base, "--dir", dir];
    const { exitCode, stderr } = await install({ folder, args, tools, only: ["busybox", "sha256sum"] });
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("installed configmanager 1.2.3")]);
  });

  describe("over TLS", () => {
    it.skipIf(findTool("curl") === undefined)("installs, and follows no redirect to plain HTTP", async () => {
      const { folder, dir } = workFolder();
      const plain = await serveRelease(good);
      const secure = await serveRelease(good, { tls: true });
      const env = { CURL_CA_BUNDLE: secure.caFile };
      expect((await install({ folder, env, args: ["--base", secure.base, "--dir", dir] })).exitCode).toBe(0);

      const location = `${plain.base}/latest/download/SHA256SUMS`;
      const turned = await serveRelease(new Map([["SHA256SUMS", { status: 302, location }]]), { tls: true });
      const args = ["--base", turned.base, "--dir", dir];
      const { exitCode, stderr } = await install({ folder, env: { CURL_CA_BUNDLE: turned.caFile }, args });
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining("SHA256SUMS could not be downloaded")]);
      expect(plain.asked).toEqual([]);
    });

    it("trusts no certificate that the system does not", async () => {
      const { folder, dir } = workFolder();
      const { base, asked } = await serveRelease(good, { tls: true });
      expect((await install({ folder, args: ["--base", base, "--dir", dir] })).exitCode).toBe(1);
      expect(asked).toEqual([]);
    });
  });

  it("runs nothing that was not checked, and leaves out what does not run", async () => {
    const { folder, dir } = workFolder();
    const mark = join(folder, "ran");
    const evil = `#!/bin/sh\ntouch '${mark}'\n`;
    const swapped = await serveRelease(new Map([...good, ...names.map((name) => [name, evil] as const)]));
    await install({ folder, args: ["--base", swapped.base, "--dir", dir] });
    expect(readdirSync(folder)).not.toContain("ran");

    const broken = await serveRelease(
      releaseOf(Object.fromEntries(names.map((name) => [name, "#!/bin/sh\nexit 7\n"]))),
    );
    const { exitCode, stderr } = await install({ folder, args: ["--base", broken.base, "--dir", dir] });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("does not run on this system")]);
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("leaves nothing behind when %s ends it in the middle", async (signal) => {
    const { folder, dir } = workFolder();
    const server = await serveRelease(new Map([...good, ...each({ hangs: true })]));
    const end = async (child: ChildProcess): Promise<void> => {
      await server.hangs;
      // As a terminal does: to the shell and to what it runs.
      process.kill(-child.pid!, signal);
    };
    const { exitCode } = await install({ folder, args: ["--base", server.base, "--dir", dir], whileRunning: end });
    expect(exitCode).toBe(signal === "SIGINT" ? 130 : 143);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("tells how it is used", async () => {
    const { exitCode, stdout } = await install({ folder: workFolder().folder, args: ["--help"] });
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^Usage: install\.sh/)]);
  });
});

describe("the installer of a release", () => {
  it.each(["", "ftp://example.com", "https://example.com/'; rm -rf ~; '", "https://example.com/a b"])(
    "is not made for the address %j",
    (address) => {
      expect(() => installerOf(script, address)).toThrow("is no address of releases");
    },
  );
});

const faults: readonly (readonly [string, ReadonlyMap<string, string | Fault>, RegExp])[] = [
  [
    "there is no such release",
    new Map([["SHA256SUMS", { status: 404 }]]),
    /SHA256SUMS could not be downloaded\n.*such a release/,
  ],
  ["there is no such file", each({ status: 404 }), /configmanager-\S+ could not be downloaded/],
  ["the server fails", each({ status: 500 }), /configmanager-\S+ could not be downloaded/],
  [
    "the file is another",
    each("#!/bin/sh\necho 6.6.6\n"),
    /not what the release says.*\n.*expected sha256:[0-9a-f]{64}\n.*received/,
  ],
  ["the file is cut off", each({ cutOff: program, lengthIsSaid: false }), /not what the release says/],
  [
    "the connection breaks",
    each({ cutOff: program, lengthIsSaid: true }),
    /could not be downloaded|not what the release says/,
  ],
  [
    "a page of a portal comes for the checksums",
    new Map([["SHA256SUMS", "<html>Log in</html>\n"]]),
    /has no checksum of configmanager-/,
  ],
  [
    "the checksums are cut off",
    new Map([
      [
        "SHA256SUMS",
        {
          cutOff:
            "abc123  configmanager-linux-amd64\nabc123  configmanager-darwin-arm64\nabc123  configmanager-linux-arm64\nabc123  configmanager-darwin-amd64\n",
          lengthIsSaid: false,
        },
      ],
    ]),
    /checksum of configmanager-\S+ is not one of SHA-256/,
  ],
];

/** The same answer for each executable. */
function each(answer: string | Fault): ReadonlyMap<string, string | Fault> {
  return new Map(names.map((name) => [name, answer]));
}

interface Installation {
  readonly shell?: readonly string[];
  readonly folder: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly text?: string;
  /** Scripts that are found first in `PATH`. */
  readonly tools?: Readonly<Record<string, string>>;
  /** The tools of this machine that there are beside the basic ones; all that can be used unless given. */
  readonly only?: readonly string[];
  readonly whileRunning?: (child: ChildProcess) => Promise<void>;
  /** Run by a user who owns nothing, where the test's own may do everything. */
  readonly isNobody?: boolean;
}

/** Pipes the script into a shell, as users do. */
async function install({
  shell = ["sh"],
  folder,
  args = [],
  env,
  text = script,
  tools = {},
  only,
  whileRunning,
  isNobody = false,
}: Installation): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const path = mkdtempSync(join(folder, "path-"));
  toolFolder(path, [...basicTools, ...(only ?? ["curl", "wget", ...hashTools])], tools);
  const isRoot = isNobody && process.getuid?.() === 0;
  if (isRoot) for (const place of [folder, path]) chmodSync(place, 0o755);
  const child = spawn(findTool(shell[0]!)!, [...shell.slice(1), "-s", "--", ...args], {
    cwd: folder,
    detached: true,
    env: { PATH: path, HOME: join(folder, "home"), TMPDIR: folder, ...env },
    ...(isRoot ? { uid: 65534, gid: 65534 } : {}),
  });
  child.stdin.on("error", () => {});
  child.stdin.end(text);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const closed = once(child, "close");
  await whileRunning?.(child);
  const [exitCode] = (await closed) as [number];
  rmSync(path, { recursive: true });
  return { exitCode, stdout, stderr };
}

function workFolder(): { folder: string; dir: string } {
  const folder = mkdtempSync(join(tmpdir(), "cm-install-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, dir: join(folder, "bin") };
}
