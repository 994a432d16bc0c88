/**
 * A folder with a configuration and files, as a user of the program has one, for tests of commands that start plugins: TABLE
 * answers from a table, PROBE does what its path says, and more stores can be declared.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buildTestPlugins } from "./build-once.ts";
import { temporaryFolder } from "./run-program.ts";

/** What is in it. */
export interface ProjectParts {
  /** Texts by path; folders are made. */
  readonly files?: Readonly<Record<string, string>>;
  /** The values of TABLE: texts, or what it fails with. */
  readonly table?: Readonly<Record<string, string | { readonly error: string }>>;
  /** More stores of the configuration; `plugin: probe` and the like are looked for among the plugins of the tests. */
  readonly stores?: Readonly<Record<string, unknown>>;
  /** More keys of the configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** What `runProgram` is given for it. */
export interface Project {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Makes one; it is removed when the test is over. The folder is its home too. */
export async function projectFolder({
  files = {},
  table = {},
  stores = {},
  settings = {},
}: ProjectParts = {}): Promise<Project> {
  const cwd = await temporaryFolder();
  const plugins = await buildTestPlugins();
  const configuration = {
    // The checkout may be anybody's.
    trustPluginModes: true,
    ...settings,
    stores: {
      TABLE: { path: plugins.file("table"), options: { values: table } },
      PROBE: { path: plugins.file("probe") },
      ...stores,
    },
  };
  // YAML takes JSON.
  await writeText(join(cwd, ".configmanager", "config.yaml"), JSON.stringify(configuration, undefined, 2));
  for (const [name, text] of Object.entries(files)) await writeText(join(cwd, name), text);
  return { cwd, env: { PATH: process.env["PATH"] ?? "", HOME: cwd } };
}

async function writeText(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
