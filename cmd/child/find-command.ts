import { accessSync, closeSync, constants, openSync, readdirSync, readSync, statSync } from "node:fs";
import path from "node:path";
import { formatHeadBytes, readExecutableFormat } from "../../host/index.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";

/** Where a command is looked for. */
export interface CommandSearch {
  /** As in PATH; the system's own unless set. */
  readonly path: string | undefined;
  /** Absolute. */
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  /** As Node spells it. */
  readonly arch: string;
}

/** Where programs are, for whoever has no PATH. */
export const systemPath = "/usr/local/bin:/usr/bin:/bin";

/**
 * The file that a command means: itself where it holds a slash, else the first of that name in a folder of PATH that may be
 * run. On Windows the name as it is, which the system looks up.
 *
 * Throws CM_COMMAND_NOT_FOUND, and CM_COMMAND_NOT_EXECUTABLE for a folder, a file without its execute bit, and a program for
 * another machine, which Node would hand to `/bin/sh`.
 */
export function findCommand(command: string, search: CommandSearch): string {
  if (search.platform === "win32" && command !== "") return command;
  const places = command.includes("/") ? [""] : (search.path ?? systemPath).split(":");
  const files = command === "" ? [] : places.map((folder) => path.resolve(search.cwd, folder, command));
  const found = files.find(isExecutableFile);
  if (found !== undefined) {
    checkFormat(command, found, search);
    return found;
  }
  const refused = files.find((file) => statSync(file, { throwIfNoEntry: false }) !== undefined);
  if (refused !== undefined) {
    const isFolder = statSync(refused).isDirectory();
    throw commandNotExecutable(command, isFolder ? "is a folder" : "may not be run by this user", {
      hint: isFolder ? "name a program" : `chmod +x "${refused}"`,
    });
  }
  throw new ConfigManagerError("CM_COMMAND_NOT_FOUND", `the command "${command}" is not there`, {
    hint: command.includes("/") ? "correct its path" : "install it, correct its name, or name it with its path",
    details: { command },
  });
}

/** CM_COMMAND_NOT_EXECUTABLE for a command; the reason completes the sentence that it begins. */
export function commandNotExecutable(
  command: string,
  reason: string,
  { hint, cause }: { readonly hint?: string; readonly cause?: unknown } = {},
): ConfigManagerError {
  return new ConfigManagerError("CM_COMMAND_NOT_EXECUTABLE", `the command "${command}" ${reason}`, {
    hint,
    cause,
    details: { command },
  });
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

// A text without `#!` may go to the shell, as everywhere; anything else must not.
function checkFormat(command: string, file: string, { platform, arch }: CommandSearch): void {
  const head = readHead(file);
  if (head === undefined) return;
  const format = readExecutableFormat(head);
  if (format.kind === "script") return;
  if (format.kind === "unknown") {
    if (head.includes(0)) throw commandNotExecutable(command, "is no program", { hint: "name a program or a script" });
    return;
  }
  const isNative = format.architectures.includes(arch) || (arch === "x64" && format.architectures.includes("ia32"));
  if (platform !== "linux" || isNative || runsForeignPrograms()) return;
  throw commandNotExecutable(
    command,
    `is a program for ${format.architectures.join(", ")}, and this machine is ${arch}`,
    {
      hint: "install the one for this machine",
    },
  );
}

function readHead(file: string): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const head = Buffer.alloc(formatHeadBytes);
    return head.subarray(0, readSync(descriptor, head, 0, formatHeadBytes, 0));
  } catch {
    // What may be run need not be readable.
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

// Linux runs programs of other machines where an emulator is registered.
function runsForeignPrograms(): boolean {
  try {
    return readdirSync("/proc/sys/fs/binfmt_misc").some((name) => name !== "register" && name !== "status");
  } catch {
    return false;
  }
}
