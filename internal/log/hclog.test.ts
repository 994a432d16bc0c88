import { describe, expect, it } from "vitest";
import { createHclogReader, formatHclogRecord, parsePluginLogLine, type PluginLogRecord } from "./hclog.ts";

const timestamp = "2026-01-02T03:04:05.123456Z";

describe("parsePluginLogLine", () => {
  it.each<{ name: string; line: string; expected: PluginLogRecord }>([
    {
      name: "a record of hclog's",
      line: `{"@level":"warn","@message":"slow","@module":"a.b","@timestamp":"${timestamp}","ms":12,"ok":true}`,
      expected: { level: "warn", message: "slow", fields: { "@module": "a.b", ms: 12, ok: true, timestamp } },
    },
    {
      name: "a level in capitals, no timestamp, no message",
      line: '{"@level":" INFO "}',
      expected: { level: "info", message: "", fields: {} },
    },
    {
      name: "a timestamp with an offset",
      line: '{"@level":"error","@message":"m","@timestamp":"2026-01-02T03:04:05.123456+02:00"}',
      expected: { level: "error", message: "m", fields: { timestamp: "2026-01-02T03:04:05.123456+02:00" } },
    },
    {
      name: "fields that are neither text nor number nor boolean",
      line: '{"@level":"debug","@message":"m","a":null,"b":[1,"x"],"c":{"d":1}}',
      expected: { level: "debug", message: "m", fields: { a: "null", b: '[1,"x"]', c: '{"d":1}' } },
    },
    ...(["trace", "debug", "info", "warn", "error"] as const).map((level) => ({
      name: `a line that begins with [${level.toUpperCase()}]`,
      line: `[${level.toUpperCase()}] text`,
      expected: raw(level, `[${level.toUpperCase()}] text`),
    })),
    { name: "a prefix that is not at the beginning", line: " [WARN] x", expected: raw("debug", " [WARN] x") },
    { name: "a prefix in small letters", line: "[warn] x", expected: raw("debug", "[warn] x") },
    { name: "a Go panic", line: "panic: runtime error", expected: raw("error", "panic: runtime error") },
    { name: "a fatal error of Go", line: "fatal error: all asleep", expected: raw("error", "fatal error: all asleep") },
    { name: "an empty line", line: "", expected: raw("debug", "") },
  ])("reads $name", ({ line, expected }) => {
    expect(parsePluginLogLine(line)).toEqual(expected);
  });

  it.each([
    ["a message that is no string", '{"@level":"info","@message":7}'],
    ["a level that is no string", '{"@level":{},"@message":"m"}'],
    ["a timestamp that is no string", '{"@level":"info","@message":"m","@timestamp":1}'],
    [
      "three digits, as toISOString has them",
      '{"@level":"info","@message":"m","@timestamp":"2026-01-02T03:04:05.123Z"}',
    ],
    ["a day that is none", '{"@level":"info","@message":"m","@timestamp":"2026-13-02T03:04:05.123456Z"}'],
    ["a level it does not know", '{"@level":"warning","@message":"m"}'],
    ["no level", '{"@message":"m"}'],
    ["a level named like a property of every object", '{"@level":"constructor","@message":"m"}'],
    ["an array", '["@level","info"]'],
    ["null", "null"],
    ["JSON that is cut off", '{"@level":"info","@mess'],
  ])("takes %s for text at debug", (_name, line) => {
    expect(parsePluginLogLine(line)).toEqual(raw("debug", line));
  });

  it("takes what has no level of its own for an error in a panic, and only that", () => {
    expect(parsePluginLogLine("goroutine 1 [running]:", true).level).toBe("error");
    expect(parsePluginLogLine("[INFO] x", true).level).toBe("info");
    expect(parsePluginLogLine('{"@level":"info"}', true).level).toBe("info");
    expect(parsePluginLogLine('{"a":1}', true).level).toBe("debug");
  });

  it("keeps a field named __proto__ a field", () => {
    const { fields } = parsePluginLogLine('{"@level":"info","__proto__":{"x":1}}');
    expect(Object.entries(fields)).toEqual([["__proto__", '{"x":1}']]);
  });

  it("survives values that are nested deeper than the stack is", () => {
    const depth = 30_000;
    const line = `{"@level":"info","@message":"m","deep":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect(parsePluginLogLine(line)).toMatchObject({ level: expect.stringMatching(/info|debug/) });
  });
});

describe("createHclogReader", () => {
  it("splits chunks into lines, wherever they are cut", () => {
    const text = '[WARN] a\r\n\nzwölf ✓\n{"@level":"info","@message":"m"}\nlast';
    const bytes = Buffer.from(text);
    const expected = [
      raw("warn", "[WARN] a"),
      raw("debug", ""),
      raw("debug", "zwölf ✓"),
      { level: "info", message: "m", fields: {} },
      raw("debug", "last"),
    ];
    for (let size = 1; size <= bytes.length; size++) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      expect(read(...chunks)).toEqual(expected);
    }
  });

  it("stays in a panic until the end", () => {
    const lines = "before\npanic: oh\n\ngoroutine 1:\n[DEBUG] d\nafter\n";
    expect(read(Buffer.from(lines)).map(({ level }) => level)).toEqual([
      "debug",
      "error",
      "error",
      "error",
      "debug",
      "error",
    ]);
  });

  it("reads a line that just fits, and hands a longer one out in pieces, raw and complete", () => {
    const fitting = `[ERROR]${"x".repeat(65_528)}`;
    const long = `[ERROR]${"y".repeat(200_000)}`;
    const records = read(Buffer.from(`${fitting}\n${long}\n[ERROR] next\n`));
    expect(records.map(({ level, message }) => [level, message.length])).toEqual([
      ["error", 65_535],
      ["debug", 65_536],
      ["debug", 65_536],
      ["debug", 65_536],
      ["debug", 200_007 - 3 * 65_536],
      ["error", 12],
    ]);
    expect(
      records
        .slice(1, 5)
        .map(({ message }) => message)
        .join(""),
    ).toBe(long);
  });

  it("makes no piece of nothing when a long line ends where a piece does", () => {
    const records = read(Buffer.from(`${"x".repeat(65_536)}\r`), Buffer.from("\nnext"));
    expect(records.map(({ message }) => message.length)).toEqual([65_536, 4]);
  });

  it("does not keep the caller's buffer", () => {
    const records: PluginLogRecord[] = [];
    const reader = createHclogReader((record) => records.push(record));
    const chunk = Buffer.from("unfinished");
    reader.write(chunk);
    chunk.fill("x");
    reader.end();
    expect(records).toEqual([raw("debug", "unfinished")]);
  });

  it("takes bytes that are no UTF-8, and 10 MiB without a line feed", () => {
    expect(read(Buffer.of(0xff, 0xfe, 0x0a))).toEqual([raw("debug", "\ufffd\ufffd")]);
    const flood = read(...Array.from({ length: 160 }, () => Buffer.alloc(65_536, 0x80)));
    expect(flood).toHaveLength(160);
  });
});

describe("formatHclogRecord", () => {
  const now = new Date("2026-01-02T03:04:05.123Z");

  it("writes one line with six digits behind the point", () => {
    const line = formatHclogRecord(
      {
        level: "info",
        message: "two\nlines",
        name: "plugin.env",
        fields: { n: 1, ok: true, none: undefined, text: "\u001b" },
      },
      now,
    );
    expect(line).toBe(
      '{"@level":"info","@message":"two\\nlines","@module":"plugin.env","@timestamp":"2026-01-02T03:04:05.123000Z","n":1,"ok":true,"text":"\\u001b"}',
    );
  });

  it("is read back by a host", () => {
    const line = formatHclogRecord({ level: "error", message: "m", fields: { a: "1", "@level": "x" } }, now);
    expect(parsePluginLogLine(line)).toEqual({
      level: "error",
      message: "m",
      fields: { a: "1", timestamp: "2026-01-02T03:04:05.123000Z" },
    });
  });

  it.each<{ name: string; message: string; fields: Record<string, string> }>([
    { name: "a long message", message: "✓".repeat(100_000), fields: {} },
    { name: "a long field", message: "m", fields: { a: "\u0001".repeat(100_000) } },
    { name: "many fields", message: "m", fields: numbered(10_000, "v") },
    {
      name: "a long message in many long fields",
      message: "m".repeat(70_000),
      fields: numbered(300, "v".repeat(1000)),
    },
    { name: "a long key", message: "m", fields: { ["k".repeat(70_000)]: "v" } },
  ])("stays below 64 KiB with $name, and a record", ({ message, fields }) => {
    const line = formatHclogRecord({ level: "warn", message, fields, name: "n".repeat(70_000) }, now);
    expect(Buffer.byteLength(`${line}\n`)).toBeLessThan(65_536);
    const records = read(Buffer.from(`${line}\n`));
    expect(records).toHaveLength(1);
    expect(records[0]?.level).toBe("warn");
    expect(message.startsWith(records[0]!.message.replace(/…$/, ""))).toBe(true);
  });
});

function raw(level: PluginLogRecord["level"], message: string): PluginLogRecord {
  return { level, message, fields: {} };
}

function read(...chunks: readonly Uint8Array[]): PluginLogRecord[] {
  const records: PluginLogRecord[] = [];
  const reader = createHclogReader((record) => records.push(record));
  for (const chunk of chunks) reader.write(chunk);
  reader.end();
  return records;
}

function numbered(count: number, value: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, value]));
}
