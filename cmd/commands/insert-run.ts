import { Buffer } from "node:buffer";
import type { PutItem, PutResult } from "../../configmanager.ts";
import { ConfigManagerError, ConfigManagerErrors } from "../../internal/errors/errors.ts";
import { escapeControls } from "../../internal/errors/redact.ts";
import type { CommandContext } from "../context.ts";
import type { Io } from "../io.ts";
import type { RunCommand } from "./command.ts";

/** Does `insert`: writes values through the plugins of their stores, and says what was written where. */
export const runInsert: RunCommand = async (args, context) => {
  const { io, manager, reporter } = context;
  const pairs = args.all("configPair").map(splitPair);
  if (pairs.length === 0) {
    throw new ConfigManagerError("CM_USAGE", "there is nothing to write", { hint: "name a token with --config-pair" });
  }
  if (pairs.some(({ value }) => value !== undefined)) {
    await reporter.warn([
      {
        message: "a value among the arguments can be seen by others on this machine, and stays in the shell's history",
        hint: "leave =VALUE out: the value is asked for, or read from standard input",
      },
    ]);
  }
  const items = await readValues(pairs, args.has("exact"), context);
  await context.maskInCi(items.map(({ data }) => data));
  const results = await manager.put(items, {
    createOnly: args.has("createOnly"),
    signal: io.signal,
    // At once: whoever interrupts the rest has to know what is there already.
    async onResult(result) {
      reporter.endProgress();
      if (!context.settings.quiet) await io.stdout.write(describeResult(result));
    },
  });
  const errors = results.flatMap(({ error }) => error ?? []);
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
};

interface Pair {
  readonly token: string;
  readonly value: string | undefined;
}

/** `TOKEN=VALUE`: the token ends at the first `=` outside of brackets. */
export function splitPair(text: string): Pair {
  let isInBrackets = false;
  for (const [at, character] of Array.from(text).entries()) {
    if (character === "[") isInBrackets = true;
    if (character === "]") isInBrackets = false;
    if (character !== "=" || isInBrackets) continue;
    const characters = Array.from(text);
    return { token: characters.slice(0, at).join(""), value: characters.slice(at + 1).join("") };
  }
  return { token: text, value: undefined };
}

async function readValues(
  pairs: readonly Pair[],
  isExact: boolean,
  { io }: CommandContext,
): Promise<readonly PutItem[]> {
  const asked = pairs.filter(({ value }) => value === undefined);
  if (asked.length > 1 && !io.stdinIsTerminal) {
    throw new ConfigManagerError("CM_USAGE", "standard input is the value of one token, and several have none", {
      hint: "run insert once for each, or give one --config-pair without a value",
    });
  }
  const items: PutItem[] = [];
  for (const { token, value } of pairs) {
    const data = value === undefined ? await readValue(token, isExact, io) : Buffer.from(value);
    items.push({ token, data });
  }
  return items;
}

// A command that failed before a pipe leaves it empty, and nobody wants that for a value.
async function readValue(token: string, isExact: boolean, io: Io): Promise<Uint8Array> {
  const data = io.stdinIsTerminal
    ? await io.readSecret(`value of ${escapeControls(token)}: `)
    : withoutLineFeed(await io.readStdin(), isExact);
  if (data.length > 0) return data;
  const source = io.stdinIsTerminal ? "nothing was typed" : "standard input is empty";
  throw new ConfigManagerError("CM_USAGE", `there is no value for "${escapeControls(token)}": ${source}`, {
    hint: "write TOKEN= for a value that is empty",
  });
}

// What `echo` and most commands print ends with a line feed that is no part of the value.
function withoutLineFeed(bytes: Uint8Array, isExact: boolean): Uint8Array {
  if (isExact || bytes.at(-1) !== 0x0a) return bytes;
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1);
}

function describeResult({ reference, version, error }: PutResult): string {
  if (error !== undefined) return "";
  return `written: ${escapeControls(reference.text)}${version === undefined ? "" : `, version ${escapeControls(version)}`}\n`;
}
