import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { platformName } from "../../host/platform.ts";
import { buildTestPlugins } from "../../test/helpers/build-once.ts";
import { type Project, projectFolder } from "../../test/helpers/project-folder.ts";
import { runProgram } from "../../test/helpers/run-program.ts";

const platform = platformName(process.platform, process.arch);

interface PluginRecord {
  readonly prefix: string;
  readonly error?: { readonly code: string; readonly hint?: string };
  readonly notes: readonly { readonly message: string; readonly hint: string }[];
  readonly [field: string]: unknown;
}

async function diagnose(project: Project): Promise<{
  readonly exitCode: number;
  readonly stderr: string;
  readonly diagnosis: Readonly<Record<string, unknown>>;
  readonly plugin: (prefix: string) => PluginRecord | undefined;
}> {
  const { exitCode, stdout, stderr } = await runProgram(["doctor", "--json"], project);
  const diagnosis = JSON.parse(stdout) as { readonly plugins: readonly PluginRecord[] };
  return {
    exitCode,
    stderr,
    diagnosis: { ...diagnosis },
    plugin: (name) => diagnosis.plugins.find(({ prefix }) => prefix === name),
  };
}

/** Puts a plugin where it is looked for below the project's folder. */
async function install(cwd: string, name: string, fileName: string, mode = 0o755): Promise<string> {
  const folder = join(cwd, ".configmanager", "plugins", name);
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  const file = join(folder, fileName);
  await copyFile((await buildTestPlugins()).file("probe"), file);
  await chmod(file, mode);
  return file;
}

describe("doctor", () => {
  it("tells of a plugin its file, mode, checksum, protocol, version and metadata, and finds nothing wrong", async () => {
    const project = await projectFolder();
    const { exitCode, diagnosis, plugin, stderr } = await diagnose(project);
    const file = (await buildTestPlugins()).file("probe");
    expect([exitCode, stderr]).toEqual([0, "nothing is wrong\n"]);
    expect(diagnosis).toMatchObject({
      runtime: `node ${process.versions.node}`,
      platform,
      configFiles: [join(project.cwd, ".configmanager", "config.yaml")],
      sockets: { writable: true },
      strays: [],
    });
    expect(plugin("PROBE")).toMatchObject({
      origin: "configuration",
      file,
      format: "script",
      sha256: createHash("sha256")
        .update(await readFile(file))
        .digest("hex"),
      protocol: 2,
      network: "unix",
      encrypted: false,
      description: {
        prefix: "PROBE",
        version: "1.2.3",
        metadataKeys: [{ name: "Version" }, { name: "region" }],
        canPut: true,
      },
      notes: [],
    });
  });

  it("says what is wrong with each plugin, and ends with the exit code of what is gravest", async () => {
    const plugins = await buildTestPlugins();
    const project = await projectFolder({
      stores: {
        GONE: { path: "bin/gone" },
        BROKEN: { path: plugins.file("probe"), env: { PROBE_STORE: "throws" } },
        MIXED: ["TABLE", "PROB"],
      },
    });
    await install(project.cwd, "plain", `plain-${platform}`, 0o644);
    const { exitCode, stderr, plugin } = await diagnose(project);
    expect([exitCode, stderr]).toEqual([2, "4 problems\n"]);
    expect(plugin("GONE")?.error?.code).toBe("CM_PLUGIN_NOT_FOUND");
    expect(plugin("BROKEN")?.error?.code).toBe("CM_PLUGIN_EXITED_EARLY");
    expect(plugin("PLAIN")?.error).toMatchObject({
      code: "CM_PLUGIN_NOT_EXECUTABLE",
      hint: `chmod 755 "${join(project.cwd, ".configmanager", "plugins", "plain", `plain-${platform}`)}"`,
    });
    expect(plugin("MIXED")).toMatchObject({
      members: ["TABLE", "PROB"],
      error: { code: "CM_CONFIG_INVALID", hint: 'write "PROBE"' },
    });
  });

  it("ends with 5 for a plugin that does not start, and with 7 for one that others can write", async () => {
    const stores = { BROKEN: { path: (await buildTestPlugins()).file("probe"), env: { PROBE_STORE: "throws" } } };
    const project = await projectFolder({ stores });
    expect((await diagnose(project)).exitCode).toBe(5);
    const open = await projectFolder({ settings: { trustPluginModes: false } });
    await install(open.cwd, "open", `open-${platform}`, 0o757);
    const { exitCode, plugin } = await diagnose(open);
    expect([exitCode, plugin("OPEN")?.error?.code]).toEqual([7, "CM_PLUGIN_UNTRUSTED"]);
  });

  it("names what lies about: other platforms, names of no plugin, what comes later, what the group can write", async () => {
    const project = await projectFolder();
    const { cwd } = project;
    const home = join(cwd, "home");
    await install(cwd, "other", "other-plan9-mips");
    const used = await install(cwd, "twice", `twice-${platform}`, 0o775);
    const unused = await install(home, "twice", `twice-${platform}`);
    await mkdir(join(cwd, ".configmanager", "plugins", "My-Store"));
    await writeFile(join(cwd, ".configmanager", "plugins", "stray"), "");
    const { plugin, diagnosis } = await diagnose({ ...project, home } as Project);
    expect(plugin("OTHER")).toMatchObject({
      error: { code: "CM_PLUGIN_NOT_FOUND" },
      notes: [
        {
          message: expect.stringContaining("it holds other-plan9-mips") as string,
          hint: `put it there as "other-${platform}"`,
        },
      ],
    });
    expect(plugin("TWICE")?.notes).toEqual([
      { message: `"${used}" can be written by its group`, hint: `chmod g-w "${used}"` },
      { message: `"${unused}" is not used, "${used}" comes first`, hint: "remove the one that is not wanted" },
    ]);
    expect(diagnosis["strays"]).toMatchObject([
      { message: expect.stringMatching(/My-Store" is no name of a plugin/) as string },
      { message: expect.stringMatching(/stray" is no folder/) as string },
    ]);
  });

  it("is text that fits 80 columns, paths and hints of errors aside", async () => {
    const project = await projectFolder({ stores: { ALL: ["TABLE", "PROBE://versioned/{path}"] } });
    const { exitCode, stdout } = await runProgram(["doctor"], project);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("\nALL, made of TABLE, PROBE://versioned/{path}\n");
    expect(stdout).toMatch(
      /\nPROBE, by its path in the configuration\n {2}file +\/.*\n {2}mode +0\d{3} of user \d+, script for/,
    );
    expect(stdout).toContain("\n  is       PROBE 1.2.3: does what its path says\n");
    expect(stdout).toContain("\n  metadata Version, region\n  can      read, write, list\n");
    expect(stdout.split("\n").filter((line) => line.length > 80 && !line.includes("/"))).toEqual([]);
  });

  it("tells no value of the configuration's env and options", async () => {
    const project = await projectFolder({
      stores: {
        SECRETIVE: {
          path: (await buildTestPlugins()).file("probe"),
          env: { TOKEN: "s3cret" },
          options: { color: "s3cret" },
        },
      },
    });
    for (const flags of [[], ["--json"]]) {
      const { stdout, stderr } = await runProgram(["doctor", ...flags], project);
      expect(stdout + stderr).not.toContain("s3cret");
    }
  });
});
