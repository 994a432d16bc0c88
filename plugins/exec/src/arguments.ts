import { badRequest, denied } from "configmanager/plugin";
import type { Command } from "./commands.ts";
import { fillPlaceholders, leadingPlaceholder } from "./placeholders.ts";

/**
 * The arguments that a command is run with, each an element of its own whatever it holds.
 *
 * Throws `badRequest` when the argument of the token is missing, superfluous, has too few parts, or could mean more to
 * the program than a name: a control character, a segment `.` or `..`, a dash or a slash where an element begins.
 * Throws `denied` for what the command's `allow` does not match.
 */
export function toArguments(command: Command, argument: string | undefined): readonly string[] {
  const parts = splitArgument(command, argument);
  if (argument !== undefined) checkText(command, argument);
  for (const element of command.args) {
    const number = leadingPlaceholder(element);
    if (number !== undefined) checkBeginning(command, number, parts[number - 1]!);
  }
  return command.args.map((element) => fillPlaceholders(element, parts));
}

function splitArgument(command: Command, argument: string | undefined): readonly string[] {
  const { name, partCount } = command;
  if (partCount === 0) {
    if (argument === undefined) return [];
    throw badRequest(`command "${name}" takes no argument`, { hint: `write EXEC://${name}` });
  }
  const hint = `write ${formOf(command)}`;
  if (argument === undefined || argument === "") throw badRequest(`command "${name}" needs an argument`, { hint });
  const pieces = argument.split("/");
  if (pieces.length < partCount) {
    throw badRequest(`command "${name}" needs an argument of ${partCount} parts`, { hint });
  }
  // The last part takes what is left.
  const parts = [...pieces.slice(0, partCount - 1), pieces.slice(partCount - 1).join("/")];
  const empty = parts.indexOf("");
  if (empty !== -1) throw badRequest(`part {${empty + 1}} of the argument is empty`, { hint });
  return parts;
}

function formOf({ name, partCount }: Command): string {
  return `EXEC://${name}${Array.from({ length: partCount }, (_, index) => `/{${index + 1}}`).join("")}`;
}

function checkText({ name, allow }: Command, argument: string): void {
  if (/\p{Cc}/u.test(argument)) throw badRequest("the argument holds a control character");
  // A backslash too: it separates folders for some programs.
  if (argument.split(/[/\\]/).some((segment) => segment === "." || segment === "..")) {
    throw badRequest('the argument holds a segment "." or ".."', { hint: "write the path without it" });
  }
  if (allow !== undefined && !allow.test(argument)) {
    throw denied(`the argument does not match "allow" of the command "${name}"`, {
      hint: "correct the token, or allow it in the configuration",
    });
  }
}

function checkBeginning({ name, allow, allowDash }: Command, number: number, part: string): void {
  if (part.startsWith("-") && !allowDash) {
    throw badRequest(`the argument begins with "-" and would be an option of the command "${name}"`, {
      hint: `put text before {${number}} in the configuration, or set allowDash`,
    });
  }
  if (part.startsWith("/") && allow === undefined) {
    throw badRequest(`the argument begins with "/" and would be an absolute path for the command "${name}"`, {
      hint: `put text before {${number}} in the configuration, or set allow`,
    });
  }
}
