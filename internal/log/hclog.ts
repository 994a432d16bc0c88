/**
 * hclog, the log format of go-plugin: how a host reads a plugin's stderr, and how a plugin writes its own. Pure: bytes
 * and text in, records out. Called by `host/` and `plugins/sdk/`.
 */
import type { LogFields, LogLevel } from "./logger.ts";

/** One thing that a plugin said. All of it is the plugin's text: to be escaped where it is printed. */
export interface PluginLogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Takes the stderr of one plugin as it comes. */
export interface HclogReader {
  readonly write: (chunk: Uint8Array) => void;
  /** Hands out the last line, when it has no line feed; nothing may be written after. */
  readonly end: () => void;
}

/** What a plugin logs. */
export interface HclogRecord extends Omit<PluginLogRecord, "fields"> {
  /** The logger's name, dots between its parts. */
  readonly name?: string | undefined;
  readonly fields?: LogFields | undefined;
}

/** The longest line that is read as one, its line feed included (go-plugin protocol, section 9.1 step 1). */
const maxLineBytes = 65_536;

/**
 * Splits a plugin's stderr into lines and calls `onRecord` for each (go-plugin protocol, section 9.1). A line of 64 KiB
 * and more comes in pieces, raw, at debug. From a Go panic on, what has no level of its own is an error.
 */
export function createHclogReader(onRecord: (record: PluginLogRecord) => void): HclogReader {
  const decoder = new TextDecoder();
  let inPanic = false;
  return createLineSplitter((bytes, isWhole) => {
    const line = decoder.decode(bytes);
    if (!isWhole) {
      onRecord(rawRecord("debug", line));
      return;
    }
    inPanic ||= startsPanic(line);
    onRecord(parsePluginLogLine(line, inPanic));
  });
}

/**
 * What one line of a plugin's stderr says (go-plugin protocol, section 9.1 steps 3 and 4); never throws. A line that
 * is no record of hclog's is its own message, at the level of its prefix such as `[WARN]`, at error `inPanic`, else at
 * debug.
 */
export function parsePluginLogLine(line: string, inPanic = false): PluginLogRecord {
  const object = parseObject(line);
  if (object !== undefined) return fromObject(object) ?? rawRecord("debug", line);
  const level = linePrefixes.find(([prefix]) => line.startsWith(prefix))?.[1];
  return rawRecord(level ?? (inPanic || startsPanic(line) ? "error" : "debug"), line);
}

/**
 * The line, without its line feed, that a Go host reads back as this record (go-plugin protocol, section 9.2): what is
 * too long for one line is cut off, fields whose name begins with `@` are left out.
 */
export function formatHclogRecord(record: HclogRecord, now: Date): string {
  for (const maxLength of [Number.POSITIVE_INFINITY, 8192, 1024, 128]) {
    const line = formatWithin(record, now, maxLength);
    if (Buffer.byteLength(line) < maxLineBytes - 1) return line;
  }
  // Too many fields, then.
  return formatWithin({ ...record, fields: { truncated: true } }, now, 1024);
}

/** Calls `onLine` for each line, without its LF or CRLF, and for each piece of one that is too long to be whole. */
function createLineSplitter(onLine: (bytes: Uint8Array, isWhole: boolean) => void): HclogReader {
  let parts: Uint8Array[] = [];
  let length = 0;
  // The line has been handed out in part: so is the rest of it.
  let isContinued = false;
  const take = (): Uint8Array => {
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    parts = [];
    length = 0;
    return bytes;
  };
  const add = (part: Uint8Array): void => {
    for (let rest = part; rest.length > 0;) {
      const fitting = rest.subarray(0, maxLineBytes - length);
      parts.push(fitting);
      length += fitting.length;
      rest = rest.subarray(fitting.length);
      if (length < maxLineBytes) return;
      onLine(take(), false);
      isContinued = true;
    }
  };
  const endLine = (): void => {
    const taken = take();
    const line = taken.at(-1) === 0x0d ? taken.subarray(0, -1) : taken;
    if (!isContinued || line.length > 0) onLine(line, !isContinued);
    isContinued = false;
  };
  return {
    write(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
        add(chunk.subarray(start, end));
        endLine();
        start = end + 1;
      }
      // A copy: the caller may use its buffer again, and a short rest must not keep a long chunk alive.
      if (start < chunk.length) add(new Uint8Array(chunk.subarray(start)));
    },
    end() {
      if (length > 0) endLine();
    },
  };
}

const linePrefixes: readonly (readonly [string, LogLevel])[] = [
  ["[TRACE]", "trace"],
  ["[DEBUG]", "debug"],
  ["[INFO]", "info"],
  ["[WARN]", "warn"],
  ["[ERROR]", "error"],
];

const levelNames: ReadonlyMap<string, LogLevel> = new Map(
  (["trace", "debug", "info", "warn", "error"] as const).map((level) => [level, level]),
);

function startsPanic(line: string): boolean {
  return line.startsWith("panic: ") || line.startsWith("fatal error: ");
}

function rawRecord(level: LogLevel, line: string): PluginLogRecord {
  return { level, message: line, fields: {} };
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  // Most lines are no JSON: an exception for each would be dear.
  if (!/^[\t\r ]*\{/.test(line)) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Undefined where a Go host logs the line as it is, or dies: `@` keys that are no strings, a level it does not know, a
// timestamp without exactly six digits behind the point.
function fromObject(object: Readonly<Record<string, unknown>>): PluginLogRecord | undefined {
  const { "@message": message = "", "@level": levelName, "@timestamp": timestamp, ...rest } = object;
  if (typeof message !== "string" || typeof levelName !== "string") return undefined;
  if (timestamp !== undefined && !(typeof timestamp === "string" && isHclogTimestamp(timestamp))) return undefined;
  const level = levelNames.get(levelName.trim().toLowerCase());
  if (level === undefined) return undefined;
  const fields = Object.entries(rest).map(([key, value]) => [key, toFieldValue(value)] as const);
  // `fromEntries` defines: a key `__proto__` stays a key.
  return {
    level,
    message,
    fields: Object.fromEntries(timestamp === undefined ? fields : [...fields, ["timestamp", timestamp]]),
  };
}

function isHclogTimestamp(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}(?:Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text))
  );
}

function toFieldValue(value: unknown): string | number | boolean {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  try {
    return JSON.stringify(value);
  } catch {
    // Nested deeper than the stack is; the text is the plugin's.
    return "…";
  }
}

function formatWithin(record: HclogRecord, now: Date, maxLength: number): string {
  const cut = <T>(value: T): T | string =>
    typeof value === "string" && value.length > maxLength ? `${value.slice(0, maxLength)}…` : value;
  const fields = Object.entries(record.fields ?? {}).filter(([key]) => !key.startsWith("@"));
  return JSON.stringify({
    "@level": record.level,
    "@message": cut(record.message),
    ...(record.name === undefined ? {} : { "@module": cut(record.name) }),
    // Go refuses the three digits of `toISOString`.
    "@timestamp": now.toISOString().replace("Z", "000Z"),
    ...Object.fromEntries(fields.map(([key, value]) => [key, cut(value)])),
  });
}
