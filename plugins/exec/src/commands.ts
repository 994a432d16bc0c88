import { badRequest, parseDuration, type StoreError, unknownKey } from "configmanager/plugin";
import { placeholdersOf } from "./placeholders.ts";

/** A command of the configuration. */
export interface Command {
  readonly name: string;
  readonly program: string;
  /** What stands behind the program, placeholders and all. */
  readonly args: readonly string[];
  /** Into how many parts an argument is split: the highest number of a placeholder, 0 when there is none. */
  readonly partCount: number;
  /** Added to the environment of the plugin. */
  readonly env: Readonly<Record<string, string>>;
  /** From the plugin's working directory, which it is unless set. */
  readonly cwd: string | undefined;
  /** As it is written. */
  readonly timeout: string;
  readonly timeoutMs: number;
  /** Takes one line feed from the end of the value. */
  readonly trim: boolean;
  /** Matches a whole argument. */
  readonly allow: RegExp | undefined;
  readonly allowDash: boolean;
  readonly notFoundExitCodes: readonly number[];
  /** Looked for in stderr. */
  readonly notFoundPattern: RegExp | undefined;
}

const defaultTimeout = "30s";

/** The commands of the option `commands`, by name. Throws `badRequest` that names command and key of what is wrong. */
export function readCommands(option: unknown): ReadonlyMap<string, Command> {
  if (!isMap(option)) {
    throw badRequest('option "commands" is no map of commands', {
      hint: 'write commands: { pass: { command: [pass, show, "{1}"] } }',
    });
  }
  return new Map(Object.entries(option).map(([name, settings]) => [name, readCommand(name, settings)]));
}

function readCommand(name: string, settings: unknown): Command {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)) {
    throw badRequest(`command "${name}" has a name that no token can say`, { hint: "use letters, digits, _, . and -" });
  }
  const fault: Fault = (text, hint) => badRequest(`command "${name}": ${text}`, { hint });
  if (!isMap(settings)) throw fault("it is no map", 'write { command: [program, "{1}"] }');
  const unknown = Object.keys(settings).find((key) => !Object.hasOwn(readers, key));
  if (unknown !== undefined) throw unknownKey(`command "${name}": key`, unknown, Object.keys(readers));
  const read = <Key extends keyof Readers>(key: Key): ReturnType<Readers[Key]> =>
    readers[key](settings[key], fault) as ReturnType<Readers[Key]>;
  const timeout = read("timeout");
  return {
    name,
    ...read("command"),
    env: read("env"),
    cwd: read("cwd"),
    timeout: timeout.text,
    timeoutMs: timeout.ms,
    trim: read("trim"),
    allow: read("allow"),
    allowDash: read("allowDash"),
    notFoundExitCodes: read("notFoundExitCodes"),
    notFoundPattern: read("notFoundPattern"),
  };
}

type Fault = (text: string, hint?: string) => StoreError;
type Readers = typeof readers;

/** By key: what a setting means; undefined stands for one that is not there. */
const readers = {
  command: readCommandLine,
  env: readEnv,
  cwd(value: unknown, fault: Fault): string | undefined {
    if (value === undefined || (isText(value) && value !== "")) return value;
    throw fault('"cwd" is not the path of a folder');
  },
  timeout(value: unknown, fault: Fault): { readonly text: string; readonly ms: number } {
    const text = value ?? defaultTimeout;
    const ms = typeof text === "string" ? parseDuration(text) : undefined;
    if (ms === undefined) throw fault('"timeout" is no duration such as 30s');
    return { text: text as string, ms };
  },
  trim: (value: unknown, fault: Fault): boolean => readToggle("trim", value, true, fault),
  allowDash: (value: unknown, fault: Fault): boolean => readToggle("allowDash", value, false, fault),
  allow(value: unknown, fault: Fault): RegExp | undefined {
    // Matched on its own first, so that nothing can close the group that anchors it.
    return readPattern("allow", value, fault) && new RegExp(`^(?:${value as string})$`, "u");
  },
  notFoundPattern: (value: unknown, fault: Fault): RegExp | undefined => readPattern("notFoundPattern", value, fault),
  notFoundExitCodes(value: unknown, fault: Fault): readonly number[] {
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every(isFailureCode)) return value;
    throw fault('"notFoundExitCodes" is no list of exit codes from 1 to 255');
  },
};

function readCommandLine(value: unknown, fault: Fault): Pick<Command, "program" | "args" | "partCount"> {
  const example = 'write command: [program, argument, "{1}"]';
  if (value === undefined) throw fault('"command" is missing', example);
  if (typeof value === "string") throw fault('"command" is text, and there is no shell to split it', example);
  if (!Array.isArray(value)) throw fault('"command" is no list', example);
  const wrong = value.findIndex((element) => !isText(element));
  if (wrong !== -1) throw fault(`"command" has an element ${wrong} that is no text`, "put it into quotes");
  const [program, ...args] = value as readonly string[];
  if (program === undefined || program === "") throw fault('"command" names no program', example);
  if (placeholdersOf(program).length > 0) {
    throw fault('"command" has a placeholder for its program', "name the program in the configuration");
  }
  return { program, args, partCount: countParts(args.flatMap(placeholdersOf), fault) };
}

function countParts(placeholders: readonly string[], fault: Fault): number {
  const misspelled = placeholders.find((digits) => !/^[1-9]$/.test(digits));
  if (misspelled !== undefined) {
    throw fault(`"command" has a placeholder "{${misspelled}}"`, "number placeholders from {1} to {9}");
  }
  const highest = Math.max(0, ...placeholders.map(Number));
  for (let number = 1; number < highest; number++) {
    if (!placeholders.includes(String(number))) throw fault(`"command" has {${highest}} and no {${number}}`);
  }
  return highest;
}

function readEnv(value: unknown, fault: Fault): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isMap(value)) throw fault('"env" is no map of variables');
  for (const [variable, content] of Object.entries(value)) {
    if (!/^[^=\0]+$/.test(variable)) throw fault(`"env" has a variable "${variable}" that cannot be set`);
    // The content may be a secret, and is not quoted.
    if (!isText(content)) throw fault(`"env" has a variable "${variable}" that is no text`, "put it into quotes");
  }
  return value as Readonly<Record<string, string>>;
}

function readToggle(key: string, value: unknown, preset: boolean, fault: Fault): boolean {
  if (value === undefined) return preset;
  if (typeof value !== "boolean") throw fault(`"${key}" is neither true nor false`);
  return value;
}

function readPattern(key: string, value: unknown, fault: Fault): RegExp | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value === "") throw fault(`"${key}" is no regular expression`);
  try {
    return new RegExp(value, "u");
  } catch {
    throw fault(`"${key}" is no regular expression`, "write one of JavaScript, with the flag u");
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}

function isFailureCode(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 255;
}
