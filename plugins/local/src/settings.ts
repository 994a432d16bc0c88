import { access } from "node:fs/promises";
import { platform } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { badRequest, type StoreContext, type StoreError } from "configmanager/plugin";

/** Where a store is, and whose. */
export interface Settings {
  /** Absolute; links are not followed yet. */
  readonly file: string;
  /** The folder of the file may be made: it is the user's configuration folder, which nobody has named. */
  readonly mayMakeFolder: boolean;
  readonly key: KeySource;
  /** From the options, unchecked. */
  readonly recipients: readonly string[];
  readonly recipientsFile: NamedFile;
}

/** A file that has to be there when somebody has named it. */
export interface NamedFile {
  /** Absolute. */
  readonly path: string;
  readonly isNamed: boolean;
}

/** Where the keys are: the text of a variable, or a file. */
export type KeySource = { readonly variable: string; readonly text: string } | NamedFile;

/** What settings are made from. */
export type Surroundings = Pick<StoreContext, "env" | "cwd" | "options">;

/**
 * Where a run finds its store: in the environment, then the options, then where both are unless somebody says otherwise.
 * Throws `badRequest` when that is below a home folder and there is none.
 */
export async function readSettings({ env, cwd, options }: Surroundings): Promise<Settings> {
  const toPath = (path: string): string =>
    resolve(cwd, path.startsWith("~/") ? join(homeOf(env), path.slice(2)) : path);
  const named = env["CONFIGMANAGER_LOCAL_FILE"] || textOption(options, "file");
  const project = join(cwd, ".configmanager", "local.age");
  const isProject = named === undefined && ((await exists(project)) || (await exists(`${project}.recipients`)));
  const file = named === undefined ? (isProject ? project : join(userFolder(env), "local.age")) : toPath(named);

  const keyText = env["CONFIGMANAGER_LOCAL_KEY"];
  const keyFile = env["CONFIGMANAGER_LOCAL_KEY_FILE"] || textOption(options, "identityFile");
  const recipientsFile = textOption(options, "recipientsFile");
  return {
    file,
    mayMakeFolder: named === undefined && !isProject,
    key: keyText
      ? { variable: "CONFIGMANAGER_LOCAL_KEY", text: keyText }
      : keyFile === undefined
        ? { path: join(userFolder(env), "local.key"), isNamed: false }
        : { path: toPath(keyFile), isNamed: true },
    recipients: (options["recipients"] ?? []) as readonly string[],
    recipientsFile:
      recipientsFile === undefined
        ? { path: `${file}.recipients`, isNamed: false }
        : { path: toPath(recipientsFile), isNamed: true },
  };
}

/** What is wrong with options of the configuration, as `configure` says it. */
export function checkOptions(options: Surroundings["options"]): StoreError | undefined {
  for (const key of ["file", "identityFile", "recipientsFile"]) {
    const option = options[key];
    if (option === undefined || (typeof option === "string" && option !== "" && !option.includes("\0"))) continue;
    return badRequest(`option "${key}" is not the path of a file`);
  }
  const { recipients = [] } = options;
  if (Array.isArray(recipients) && recipients.every((recipient) => typeof recipient === "string")) return undefined;
  return badRequest('option "recipients" is not a list of age recipients', {
    hint: "write recipients: [age1…, age1…]",
  });
}

function textOption(options: Surroundings["options"], key: string): string | undefined {
  return options[key] as string | undefined;
}

/** Where programs keep what is a user's own, by the rules of the system; a relative folder of XDG is none, as it says. */
function userFolder(env: Surroundings["env"]): string {
  const folder = platform() === "win32" ? env["APPDATA"] : env["XDG_CONFIG_HOME"];
  return join(folder && isAbsolute(folder) ? folder : join(homeOf(env), ".config"), "configmanager");
}

function homeOf(env: Surroundings["env"]): string {
  const home = env["HOME"] || env["USERPROFILE"];
  if (home) return home;
  throw badRequest("there is no home folder to look for the store and its key in", {
    hint: "set CONFIGMANAGER_LOCAL_FILE and CONFIGMANAGER_LOCAL_KEY_FILE",
  });
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
