import { Buffer } from "node:buffer";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { escapeControls } from "../../internal/errors/redact.ts";

/** A variable, its value in bytes as stores have them. */
export interface Variable {
  readonly name: string;
  readonly value: Uint8Array;
  /** True for a value of a store. */
  readonly isSecret?: boolean;
}

/** The environment of these variables, the last of each name. Throws CM_VALUE_INVALID for a value that no variable can hold. */
export function toEnvironment(variables: Iterable<Variable>): Record<string, string> {
  const values = new Map<string, Uint8Array>();
  for (const { name, value } of variables) values.set(name, value);
  return Object.fromEntries(Array.from(values, ([name, value]) => [name, toText(name, value)]));
}

function toText(name: string, value: Uint8Array): string {
  const what = `the value for "${escapeControls(name)}"`;
  const hint = 'encode it with "[as=base64]", or hand it on in a file, with --file';
  if (value.includes(0)) {
    throw new ConfigManagerError("CM_VALUE_INVALID", `${what} holds a NUL, which no variable can hold`, {
      hint,
      details: { name },
    });
  }
  const text = Buffer.from(value).toString("utf8");
  if (Buffer.compare(Buffer.from(text), value) !== 0) {
    throw new ConfigManagerError("CM_VALUE_INVALID", `${what} is not valid UTF-8, and cannot be handed on`, {
      hint,
      details: { name },
    });
  }
  return text;
}
