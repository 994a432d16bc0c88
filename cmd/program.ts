/**
 * The tree of commands as commander sees it, made from the tables of settings and commands. It neither ends the process
 * nor writes by itself, and does no work: `execute` does. Called by `run.ts`.
 */
import { Command, type CommanderError, Option } from "commander";
import { ConfigManagerError, isConfigManagerError } from "../internal/errors/errors.ts";
import { nearestWord } from "../internal/errors/nearest.ts";
import type { CommandArguments, CommandSpec, OptionSpec } from "./commands/command.ts";
import { execCommand } from "./commands/exec.ts";
import { checkCommand } from "./commands/check.ts";
import { completionCommand } from "./commands/completion.ts";
import { configPrintCommand } from "./commands/config-print.ts";
import { diffCommand } from "./commands/diff.ts";
import { doctorCommand, pluginDoctorCommand } from "./commands/doctor.ts";
import { commandGroups } from "./commands/groups.ts";
import { insertCommand } from "./commands/insert.ts";
import { listCommand } from "./commands/list.ts";
import { pluginBuildCommand } from "./commands/plugin-build.ts";
import { initCommand } from "./commands/init.ts";
import { pluginInstallCommand } from "./commands/plugin-install.ts";
import { pluginListCommand } from "./commands/plugin-list.ts";
import { pluginLockCommand } from "./commands/plugin-lock.ts";
import { pluginRemoveCommand } from "./commands/plugin-remove.ts";
import { pluginVerifyCommand } from "./commands/plugin-verify.ts";
import { pluginNewCommand } from "./commands/plugin-new.ts";
import { pluginTestCommand } from "./commands/plugin-test.ts";
import { pluginTrustCommand } from "./commands/plugin-trust.ts";
import { renderCommand } from "./commands/render.ts";
import { retrieveCommand } from "./commands/retrieve.ts";
import { stringInputCommand } from "./commands/string-input.ts";
import { syncCommand } from "./commands/sync.ts";
import { globalOptions } from "./global-options.ts";
import { createHelpCommand } from "./help-command.ts";
import { usageErrorOf } from "./usage-error.ts";
import { version } from "./version.ts";

/** Every command, in the order of the help. */
export const commandSpecs: readonly CommandSpec[] = [
  renderCommand,
  stringInputCommand,
  retrieveCommand,
  execCommand,
  insertCommand,
  listCommand,
  checkCommand,
  diffCommand,
  syncCommand,
  doctorCommand,
  configPrintCommand,
  initCommand,
  pluginInstallCommand,
  pluginRemoveCommand,
  pluginListCommand,
  pluginLockCommand,
  pluginVerifyCommand,
  pluginDoctorCommand,
  pluginBuildCommand,
  pluginNewCommand,
  pluginTestCommand,
  pluginTrustCommand,
  completionCommand,
];

/** What commander makes of flags: by long name in camelCase, a text, a list for one that repeats, `true` without a value. */
export type GivenOptions = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

/** What the program needs from whoever runs it. */
export interface ProgramPorts {
  /** What will be parsed; commander does not say what stood behind `--`. */
  readonly argv: readonly string[];
  readonly execute: (spec: CommandSpec, args: CommandArguments, globalFlags: GivenOptions) => Promise<void>;
  /** Takes the help and the version. */
  readonly writeOut: (text: string) => void;
  /** Takes the help that was not asked for. */
  readonly writeErr: (text: string) => void;
  readonly helpColumns: () => number;
}

const helpEnd = `
Each option but -V and -h can be set by a variable too, as --run-timeout by
CONFIGMANAGER_RUN_TIMEOUT, and each but --config by a key of
.configmanager/config.yaml, as runTimeout. Option wins over variable, variable
over file.

Examples:
  configmanager render app.yaml.tmpl -o app.yaml
  configmanager retrieve -t 'DB_PASSWORD=AWSSECRETS:///app/db|password' -p -
  configmanager help render
`;

/** The program; parse with `parseAsync(argv, { from: "user" })`, which rejects with what `toUsageError` understands. */
export function createProgram({ argv, execute, writeOut, writeErr, helpColumns }: ProgramPorts): Command {
  const program = new Command("configmanager")
    .description(
      "Replaces tokens such as AWSSECRETS:///db/creds|password by the values of secret and parameter stores.",
    )
    .version(version, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut,
      writeErr,
      outputError: () => {},
      getOutHelpWidth: helpColumns,
      getErrHelpWidth: helpColumns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText("after", helpEnd);
  for (const option of globalOptions) program.addOption(toOption(option));
  for (const spec of neededCommands(argv)) {
    parentOf(spec, program).addCommand(toCommand(spec, program, argv, execute));
  }
  program.addCommand(createHelpCommand(program));
  return program;
}

// To make all commands takes longer than to read a configuration: where the command line begins with one, and asks for no help,
// nobody looks at the others.
function neededCommands(argv: readonly string[]): readonly CommandSpec[] {
  const called = commandSpecs.filter(({ name, aliases }) => [name.split(" ")[0], ...aliases].includes(argv[0]));
  const showsAll = called.length === 0 || argv.includes("-h") || argv.includes("--help");
  return showsAll ? commandSpecs : called;
}

// The program, or the command that a name of two words belongs to.
function parentOf({ name }: CommandSpec, program: Command): Command {
  const [group = "", second] = name.split(" ");
  if (second === undefined) return program;
  const known = program.commands.find((command) => command.name() === group);
  if (known !== undefined) return known;
  const summary = commandGroups[group]!;
  const command = new Command(group)
    .copyInheritedSettings(program)
    .summary(summary)
    .description(sentence(summary))
    .helpCommand(false);
  program.addCommand(command);
  return command;
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

/** What a rejected `parseAsync` means: `exitCode` when the help or the version was shown, else the error of the run. */
export function toUsageError(
  thrown: unknown,
  program: Command,
): { readonly exitCode: number } | { readonly error: unknown } {
  if (isConfigManagerError(thrown) || !isCommanderError(thrown)) return { error: thrown };
  // Help that was asked for ends well; help in place of a missing command does not.
  if (thrown.exitCode === 0) return { exitCode: 0 };
  if (thrown.code === "commander.help") return { exitCode: 2 };
  return { error: usageErrorOf(thrown, program) };
}

function toCommand(
  spec: CommandSpec,
  program: Command,
  argv: readonly string[],
  execute: ProgramPorts["execute"],
): Command {
  const command = new Command(spec.name.split(" ").at(-1))
    .copyInheritedSettings(program)
    .aliases(spec.aliases)
    .description(sentence(spec.summary))
    .summary(spec.summary)
    .addHelpText("after", examplesText(spec));
  for (const { usage, summary, choices } of spec.operands) {
    command.argument(usage, summary + acceptedText(choices));
  }
  for (const option of spec.options) command.addOption(toOption(option));
  if (spec.usage !== undefined) command.usage(spec.usage);
  // What is before `--` by mistake is better explained than a flag of the other command.
  if (spec.runsCommand === true) command.allowUnknownOption();
  command.action(async () => {
    const options = command.opts<GivenOptions>();
    checkValues(spec, options);
    checkOperands(spec, command.args);
    if (spec.runsCommand === true) checkDashes(command, program, argv);
    await execute(spec, toArguments(command.args, options), program.opts<GivenOptions>());
  });
  return command;
}

function checkDashes(command: Command, program: Command, argv: readonly string[]): void {
  const { args, options } = command;
  const dashes = argv.indexOf("--");
  const behind = dashes === -1 ? 0 : argv.length - dashes - 1;
  const stray = args.length > behind ? args[0] : undefined;
  if (stray?.startsWith("-") === true) {
    const near = nearestWord(
      stray,
      [...options, ...program.options].map(({ long }) => long ?? ""),
    );
    throw new ConfigManagerError("CM_USAGE", `unknown option "${stray}"`, {
      hint: near === undefined ? `see configmanager ${command.name()} --help` : `write ${near}`,
    });
  }
  if (stray !== undefined || behind === 0) {
    const message = stray === undefined ? "there is no command" : `"${stray}" does not stand behind "--"`;
    throw new ConfigManagerError("CM_USAGE", message, {
      hint: "write the command behind --: configmanager exec -- COMMAND ARG…",
    });
  }
}

function toOption({ flags, summary, repeats, choices, defaultText }: OptionSpec): Option {
  const byDefault = defaultText === undefined ? "" : ` (default: ${defaultText})`;
  const option = new Option(flags, summary + acceptedText(choices) + byDefault);
  if (repeats === true) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  return option;
}

function acceptedText(choices: readonly string[] | undefined): string {
  return choices === undefined ? "" : `: ${choices.join(", ")}`;
}

function checkValues({ options }: CommandSpec, given: GivenOptions): void {
  for (const { flags, choices } of options) {
    const option = new Option(flags);
    const value = given[option.attributeName()];
    if ([value].flat().includes("")) {
      throw new ConfigManagerError("CM_USAGE", `the value of "${option.long}" is empty`, {
        hint: "give it one; a variable of the shell in its place may not be set",
      });
    }
    if (choices === undefined || typeof value !== "string" || choices.includes(value)) continue;
    throw new ConfigManagerError("CM_USAGE", `"${value}" of ${option.long} is not supported`, {
      hint: choices.length === 1 ? `use ${choices[0]}` : `use one of ${choices.join(", ")}`,
    });
  }
}

function checkOperands({ operands }: CommandSpec, given: readonly string[]): void {
  for (const [index, { usage, choices }] of operands.entries()) {
    const word = given[index];
    if (choices === undefined || word === undefined || choices.includes(word)) continue;
    throw new ConfigManagerError("CM_USAGE", `"${word}" is no ${usage.replace(/[^\w-]/g, "")}`, {
      hint: `use one of ${choices.join(", ")}`,
    });
  }
}

function toArguments(operands: readonly string[], given: GivenOptions): CommandArguments {
  return {
    operands,
    one: (name) => textOf(given[name]),
    all: (name) => [given[name] ?? []].flat().filter((value) => typeof value === "string"),
    has: (name) => given[name] === true,
  };
}

function textOf(value: GivenOptions[string]): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function examplesText({ examples }: CommandSpec): string {
  return `\nExamples:\n${examples.map(([line, meaning]) => `  ${line}\n      ${meaning}\n`).join("")}`;
}

function isCommanderError(thrown: unknown): thrown is CommanderError {
  return thrown instanceof Error && "code" in thrown && String(thrown.code).startsWith("commander.");
}
