/**
 * The kinds of value that settings have: how each is read from a text (flag, environment) and from the data of a
 * configuration file, and how JSON Schema says the same. Not for where values come from. Used by the two tables.
 */
import { durationPattern, parseDuration } from "./duration.ts";

/** A part of a JSON Schema, draft 07. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** How values of one kind are told from wrong ones. */
export interface ValueKind {
  /** Completes "is not …"; what `read` accepts. */
  readonly expected: string;
  /** What to write, in the imperative. */
  readonly hint: string;
  /** The value that data of a configuration file stands for; undefined when it is none. */
  readonly read: (data: unknown) => unknown;
  /** The data that a text stands for; what is not recognised is returned as it is, for `read` to refuse. */
  readonly fromText: (text: string) => unknown;
  readonly schema: JsonSchema;
  /** Scalars in it count as the text they were written with, so that `1.10` stays so. */
  readonly keepsScalarText?: true;
}

/** One text that matches; any text that is not empty unless a pattern is given. */
export function text(expected = "a text", hint = "write a text that is not empty", pattern = "[\\s\\S]"): ValueKind {
  const expression = new RegExp(pattern);
  return {
    expected,
    hint,
    read: (data) => (typeof data === "string" && expression.test(data) ? data : undefined),
    fromText: (text) => text,
    schema: { type: "string", pattern },
  };
}

/** On or off. */
export const toggle: ValueKind = {
  expected: "true or false",
  hint: "write true or false",
  read: (data) => (typeof data === "boolean" ? data : undefined),
  fromText: (text) => (/^(?:true|1)$/.test(text) ? true : /^(?:false|0)$/.test(text) ? false : text),
  schema: { type: "boolean" },
};

/** One of a few words. */
export function choice(words: readonly string[]): ValueKind {
  return {
    expected: words.map((word) => `"${word}"`).join(" or "),
    hint: `use one of ${words.join(", ")}`,
    read: (data) => (typeof data === "string" && words.includes(data) ? data : undefined),
    fromText: (text) => text,
    schema: { enum: words },
  };
}

/** A whole number between two bounds, both included. */
export function count(minimum: number, maximum: number): ValueKind {
  return {
    expected: `a whole number from ${minimum} to ${maximum}`,
    hint: `write a whole number from ${minimum} to ${maximum}`,
    read: (data) => (Number.isInteger(data) && Number(data) >= minimum && Number(data) <= maximum ? data : undefined),
    fromText: (text) => (/^[0-9]+$/.test(text) ? Number(text) : text),
    schema: { type: "integer", minimum, maximum },
  };
}

/** A duration; its value is in milliseconds. */
export const duration: ValueKind = {
  expected: "a duration between 1ms and 596h",
  hint: "write a number with its unit (ms, s, m, h), such as 60s, 1m30s or 500ms",
  read: (data) => (typeof data === "string" ? parseDuration(data) : undefined),
  fromText: (text) => text,
  schema: { type: "string", pattern: durationPattern },
};

/** Several texts that each match. A text holds them on lines of their own where it has a line feed, else between commas. */
export function list(expected: string, hint: string, pattern: string): ValueKind {
  const expression = new RegExp(pattern);
  return {
    expected,
    hint,
    read: (data) =>
      Array.isArray(data) && data.every((item) => typeof item === "string" && expression.test(item)) ? data : undefined,
    fromText: (text) =>
      text
        .split(text.includes("\n") ? "\n" : ",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
    schema: { type: "array", items: { type: "string", pattern } },
  };
}

/** Texts by name; numbers and booleans stand for the text they were written with. */
export function textMap(expected: string, hint: string, namePattern: string): ValueKind {
  const expression = new RegExp(namePattern);
  return {
    expected,
    hint,
    read: (data) =>
      isRecord(data) && Object.entries(data).every(([name, item]) => typeof item === "string" && expression.test(name))
        ? data
        : undefined,
    fromText: (text) => text,
    schema: {
      type: "object",
      propertyNames: { pattern: namePattern },
      additionalProperties: { type: ["string", "number", "boolean"] },
    },
    keepsScalarText: true,
  };
}

/** Anything by name. */
export const anyMap: ValueKind = {
  expected: "a mapping",
  hint: "write `name: value` pairs",
  read: (data) => (isRecord(data) ? data : undefined),
  fromText: (text) => text,
  schema: { type: "object" },
};

/** True for what a mapping of a configuration file becomes. */
export function isRecord(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}
