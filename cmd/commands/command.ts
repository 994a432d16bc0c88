import type { CommandContext } from "../context.ts";

/** A flag of one command. */
export interface OptionSpec {
  /** As commander reads it, such as `-o, --output <FILE>`; never with an optional value. */
  readonly flags: string;
  readonly summary: string;
  /** May be given several times. */
  readonly repeats?: true;
  /** The only values there are. */
  readonly choices?: readonly string[];
  /** What the help says about the default. */
  readonly defaultText?: string;
}

/** A word of a command beside its flags. */
export interface OperandSpec {
  /** As commander reads it: `<file>` has to be there, `[file]` may, `[files...]` may be many. */
  readonly usage: string;
  readonly summary: string;
  /** The only words there are. */
  readonly choices?: readonly string[];
}

/** A command as data; what does the work is loaded when it is called, so that the help stays quick. */
export interface CommandSpec {
  /** One word, or two for one of a group, as in `config print`. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  /** How its command line looks, where `[options]` and the operands do not say it. */
  readonly usage?: string;
  /** Its operands are another command's line, and stand behind `--`. */
  readonly runsCommand?: true;
  readonly operands: readonly OperandSpec[];
  readonly options: readonly OptionSpec[];
  /** Command lines and what each does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** Closes a report of several errors. */
  readonly failureOutcome?: string;
  readonly load: () => Promise<RunCommand>;
}

/** Does the work of a command: resolves to the exit code, 0 unless it says otherwise; rejects with the errors that end the run. */
export type RunCommand = (args: CommandArguments, context: CommandContext) => Promise<number | void>;

/** What a command line says to its command. */
export interface CommandArguments {
  readonly operands: readonly (string | undefined)[];
  /** The value of a flag, by its long name in camelCase; undefined when it was not given. */
  readonly one: (name: string) => string | undefined;
  /** The values of a flag that repeats. */
  readonly all: (name: string) => readonly string[];
  /** Whether a flag without a value was given. */
  readonly has: (name: string) => boolean;
}
