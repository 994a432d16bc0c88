/**
 * Everything that `exec` resolves: variables and files, from tokens, .env files, the inherited environment and templates.
 * Runs nothing and writes nothing.
 */
import { Buffer } from "node:buffer";
import { ConfigManagerErrors, isConfigManagerErrors, toErrors } from "../../internal/errors/errors.ts";
import { exportEntries } from "../../internal/write/export-entries.ts";
import type { TextInput } from "../../configmanager.ts";
import type { CommandArguments } from "../commands/command.ts";
import { readNamedValues } from "../commands/named-values.ts";
import type { CommandContext } from "../context.ts";
import type { Io } from "../io.ts";
import { readInput } from "../read-input.ts";
import { readEnvFile, wholeOf } from "./env-file.ts";
import type { Variable } from "./environment.ts";
import { type FileRequest, parseFileRequests, type RenderedFile } from "./private-files.ts";

/** What a command is to get. */
export interface Resolved {
  /** Of two with one name the later one counts. */
  readonly variables: readonly Variable[];
  readonly files: readonly RenderedFile[];
}

/**
 * Resolves what the flags of `exec` name; warnings are shown. Texts are one call, so that a value that several of them need is
 * asked for once. Rejects with all errors: CM_INPUT_UNREADABLE, CM_USAGE, CM_NAME_CONFLICT, and those of resolving.
 */
export async function resolveForCommand(args: CommandArguments, context: CommandContext): Promise<Resolved> {
  const { io, manager, reporter } = context;
  const requests = parseFileRequests(args.all("file"), context);
  const [envFiles, templates] = await together(
    Promise.all(args.all("envFile").map((file) => readEnvFile(file, context))),
    Promise.all(requests.map((request) => readTemplate(request, context))),
    io,
  );
  const inherited = args.has("pristine") ? [] : inheritedVariables(io.env);
  const texts = args.has("resolveEnv") ? inherited.filter(({ name }) => !isOwn(name)) : [];
  const inputs = [
    ...texts.map(({ name, value }) => ({ file: `$${name}`, bytes: value })),
    ...envFiles.map(({ input }) => input),
    ...templates,
  ];
  const [items, { outputs, warnings }] = await together(
    readNamedValues(args, context, { needsNames: true }),
    inputs.length === 0 ? noOutputs : manager.renderAll(inputs, { signal: io.signal }),
    io,
  );
  await reporter.warn(warnings);
  const resolved = texts.map(({ name }, index) => ({ name, value: wholeOf(outputs[index]!) }));
  const fromFiles = await Promise.all(
    envFiles.map(({ toVariables }, index) => toVariables(wholeOf(outputs[texts.length + index]!))),
  );
  // The values of an object's keys are no store's answer as they are, so that only we can tell them.
  const named = exportEntries(items).map(({ name, value }) => ({ name, value, isSecret: true }));
  const firstTemplate = texts.length + envFiles.length;
  return {
    variables: [...inherited, ...resolved, ...fromFiles.flat(), ...named],
    files: requests.map(({ path }, index) => ({ path, blocks: outputs[firstTemplate + index]! })),
  };
}

const noOutputs = Promise.resolve({ outputs: [], warnings: [] });

async function readTemplate({ template }: FileRequest, context: CommandContext): Promise<TextInput> {
  const input = await readInput(template, context.io);
  context.remember(input);
  return { bytes: input.bytes, file: template, escape: "auto" };
}

function inheritedVariables(env: Io["env"]): readonly Variable[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value: Buffer.from(value) }],
  );
}

// Patterns of tokens, as CONFIGMANAGER_ALLOW has them, are no tokens.
function isOwn(name: string): boolean {
  return name.startsWith("CONFIGMANAGER_");
}

// Rejects with the errors of both, when nothing is under way any more.
async function together<A, B>(first: Promise<A>, second: Promise<B>, io: Io): Promise<readonly [A, B]> {
  const [one, other] = await Promise.allSettled([first, second]);
  io.signal.throwIfAborted();
  if (one.status === "fulfilled" && other.status === "fulfilled") return [one.value, other.value];
  const failures = [one, other].flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  throw new ConfigManagerErrors(
    failures.flatMap(toErrors),
    failures.flatMap((failure) => (isConfigManagerErrors(failure) ? failure.warnings : [])),
  );
}
