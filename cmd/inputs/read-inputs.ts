import { Buffer } from "node:buffer";
import { type ConfigManagerError, ConfigManagerErrors, isConfigManagerError } from "../../internal/errors/errors.ts";
import { nextTurn } from "../../internal/write/output-turn.ts";
import type { Io } from "../io.ts";
import { type Input, readInput } from "../read-input.ts";
import type { InputSource } from "./input-source.ts";

/** Files that may be read before a signal is noticed. */
const filesInTurn = 64;

/** Reads inputs whole. Rejects with CM_INPUT_UNREADABLE for all that cannot be read together, or with the signal's reason. */
export async function readInputs(sources: readonly InputSource[], io: Io): Promise<readonly Input[]> {
  const inputs: Input[] = [];
  const errors: ConfigManagerError[] = [];
  for (const [index, { name, text }] of sources.entries()) {
    if (index % filesInTurn === filesInTurn - 1) await nextTurn();
    io.signal.throwIfAborted();
    try {
      inputs.push(text === undefined ? await readInput(name!, io) : { name, bytes: Buffer.from(text) });
    } catch (error) {
      if (!isConfigManagerError(error) || error.code !== "CM_INPUT_UNREADABLE") throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new ConfigManagerErrors(errors);
  return inputs;
}
