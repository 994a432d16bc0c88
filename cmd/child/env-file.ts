import { Buffer } from "node:buffer";
import type { TextInput } from "../../configmanager.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import type { CommandContext } from "../context.ts";
import { readInput } from "../read-input.ts";
import { parseDotenv, withLineFeeds } from "./dotenv-text.ts";
import type { Variable } from "./environment.ts";
import { joinPieces, splitPieces } from "./text-pieces.ts";

/** A .env file whose tokens are yet to be replaced. */
export interface EnvFile {
  /** Its values, at the places that they have in the file, and nothing else. */
  readonly input: TextInput;
  /** The variables, once the input is rendered. */
  readonly toVariables: (output: Buffer) => Promise<readonly Variable[]>;
}

/** Reads a .env file. Rejects with CM_INPUT_UNREADABLE, with CM_USAGE for standard input, or with the signal's reason. */
export async function readEnvFile(file: string, context: CommandContext): Promise<EnvFile> {
  if (file === "-") {
    throw new ConfigManagerError("CM_USAGE", 'standard input cannot be the "--env-file"', {
      hint: "name a file: standard input belongs to the command",
    });
  }
  const { bytes } = await readInput(file, context.io);
  const text = withLineFeeds(decode(bytes, file));
  // With the line ends that places are counted in.
  context.remember({ name: file, bytes: Buffer.from(text) });
  const { variables, pieces, end } = parseDotenv(text);
  return {
    input: { file, bytes: joinPieces(pieces, end) },
    async toVariables(output) {
      // A value that holds what would separate them is found by itself, so that the error can name its variable.
      const texts =
        splitPieces(output, pieces, end) ??
        (await renderSingly(
          pieces.map((piece) => piece.text),
          context,
        ));
      return variables.map(({ name, parts }) => ({
        name,
        value: Buffer.concat(parts.map((part) => (typeof part === "number" ? texts[part]! : Buffer.from(part)))),
      }));
    },
  };
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new ConfigManagerError("CM_INPUT_UNREADABLE", `"${file}" is not valid UTF-8 text`, {
      hint: "save it as UTF-8",
      cause: error,
    });
  }
}

async function renderSingly(texts: readonly string[], { manager, io }: CommandContext): Promise<readonly Buffer[]> {
  const inputs = texts.map((text) => ({ bytes: Buffer.from(text) }));
  const { outputs } = await manager.renderAll(inputs, { signal: io.signal });
  return outputs.map(wholeOf);
}

/** An output in one piece. */
export function wholeOf(blocks: Iterable<Uint8Array>): Buffer {
  // A block is valid only until the next one is taken.
  return Buffer.concat(Array.from(blocks, (block) => Uint8Array.from(block)));
}
