import { describe, expect, it } from "vitest";
import { emptyDocument, formatDocument, parseDocument, setValue, valueOf } from "./document.ts";

const now = new Date("2026-01-02T03:04:05Z");

function parse(text: string): ReturnType<typeof parseDocument> {
  return parseDocument(Buffer.from(text), "store");
}

describe("the document of a store", () => {
  it("holds text as text and all else as base64", () => {
    const document = emptyDocument();
    setValue(document, "text", Buffer.from("\ufeffgröße\n"), now);
    setValue(document, "bytes", Buffer.from([0, 0xff]), now);
    const text = Buffer.from(formatDocument(document)).toString();
    expect(JSON.parse(text)).toEqual({
      version: 1,
      values: {
        bytes: { base64: "AP8=", version: "1", updatedAt: "2026-01-02T03:04:05.000Z" },
        text: { data: "\ufeffgröße\n", version: "1", updatedAt: "2026-01-02T03:04:05.000Z" },
      },
    });
    expect(valueOf(parse(text), "text")).toEqual({ data: "\ufeffgröße\n", version: "1" });
    expect(valueOf(parse(text), "bytes")).toEqual({ data: Buffer.from([0, 0xff]), version: "1" });
  });

  it("counts the versions of each value", () => {
    const document = emptyDocument();
    expect(["a", "a", "b", "a"].map((name) => setValue(document, name, Buffer.from("x"), now))).toEqual([
      "1",
      "2",
      "1",
      "3",
    ]);
  });

  it.each(["__proto__", "constructor", "1", ""])("takes the name %j for one like any other", (name) => {
    const empty = parse('{"version":1,"values":{}}');
    expect(valueOf(empty, name)).toBeUndefined();
    setValue(empty, name, Buffer.from("x"), now);
    const again = parseDocument(formatDocument(empty), "store");
    expect([...again.values.keys()]).toEqual([name]);
    expect(valueOf(again, name)).toEqual({ data: "x", version: "1" });
  });

  it("keeps what it does not know", () => {
    const document = parse('{"version":1,"new":[1],"values":{"a":{"base64":"AA==","note":"n"},"b":{"sealed":"x"}}}');
    setValue(document, "a", Buffer.from("y"), now);
    expect(JSON.parse(Buffer.from(formatDocument(document)).toString())).toEqual({
      version: 1,
      new: [1],
      values: {
        a: { data: "y", note: "n", version: "1", updatedAt: "2026-01-02T03:04:05.000Z" },
        b: { sealed: "x" },
      },
    });
    expect(() => valueOf(document, "b")).toThrow('"b" is of a kind that this version does not know');
  });

  it.each([
    { input: "SECRET", message: '"store" is damaged: what it holds is no store' },
    { input: "[]", message: '"store" is damaged: what it holds is no store' },
    { input: "null", message: '"store" is damaged: what it holds is no store' },
    { input: '{"version":1}', message: '"store" is damaged: what it holds is no store' },
    { input: '{"version":1,"values":{"a":"SECRET"}}', message: '"store" is damaged: what it holds is no store' },
    { input: '{"version":2,"values":{}}', message: '"store" is in a format that this version does not know' },
  ])("is not $input", ({ input, message }) => {
    let refusal: unknown;
    try {
      parse(input);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ kind: "failed", message });
    expect(refusal).not.toHaveProperty("cause");
  });
});
