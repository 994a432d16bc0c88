import { describe, expect, it } from "vitest";
import { isConfigManagerErrors } from "../internal/errors/errors.ts";
import { openTables } from "../test/helpers/table-stores.ts";

const values = { quoted: 'say "hi"\n# no', plain: "8080", nul: "a\0b" };

async function outputOf(file: string, input: string, escape?: "auto" | "json" | "none"): Promise<string> {
  const { manager } = await openTables({ TABLE: { values } });
  return manager.render(input, { file, ...(escape && { escape }) });
}

describe("what is written in the place of a token", () => {
  it("is the value as it is, unless told otherwise", async () => {
    expect(await outputOf("a.txt", "x: TABLE://quoted")).toBe(`x: ${values.quoted}`);
  });

  it.each([
    {
      file: "a.json",
      input: '{"x":"TABLE://quoted","p":TABLE://plain}',
      output: '{"x":"say \\"hi\\"\\n# no","p":8080}',
    },
    { file: "a.yaml.tmpl", input: "x: TABLE://quoted\np: TABLE://plain", output: 'x: "say \\"hi\\"\\n# no"\np: 8080' },
    { file: "notes.txt", input: "TABLE://plain", output: "8080" },
  ])("is escaped by the name of $file with auto", async ({ file, input, output }) => {
    expect(await outputOf(file, input, "auto")).toBe(output);
  });

  it("is escaped for the format that is named, whatever the file is called", async () => {
    expect(await outputOf("a.txt", '"TABLE://quoted"', "json")).toBe('"say \\"hi\\"\\n# no"');
  });

  it("is escaped as each input says for itself, else as the call does", async () => {
    const { manager } = await openTables({ TABLE: { values } });
    const bytes = Buffer.from('{"x":"TABLE://quoted"}');
    const inputs = [
      { bytes, file: "a.json", escape: "auto" as const },
      { bytes, file: "b.json" },
    ];
    const { outputs } = await manager.renderAll(inputs, { escape: "none" });
    expect(outputs.map((blocks) => Buffer.concat([...blocks]).toString())).toEqual([
      '{"x":"say \\"hi\\"\\n# no"}',
      `{"x":"${values.quoted}"}`,
    ]);
  });

  it("that cannot stand there is an error with its place, beside all others, and lax-all leaves the token", async () => {
    const { manager } = await openTables({ TABLE: { values } });
    const input = { bytes: Buffer.from("a: TABLE://none\n<b c='TABLE://nul'/>"), file: "a.xml" };
    const failure = await manager.renderAll([input], { escape: "auto" }).catch((error: unknown) => error);
    expect(
      isConfigManagerErrors(failure) &&
        failure.errors.map(({ code, place }) => `${place?.line}:${place?.column} ${code}`),
    ).toEqual(["1:4 CM_STORE_NOT_FOUND", "2:7 CM_VALUE_INVALID"]);
    const { manager: lax } = await openTables({ TABLE: { values } }, { laxAll: true });
    const { outputs, warnings } = await lax.renderAll([input], { escape: "auto" });
    expect(Buffer.concat([...outputs[0]!]).toString()).toBe("a: TABLE://none\n<b c='TABLE://nul'/>");
    expect(warnings.map(({ code }) => code)).toEqual(["CM_STORE_NOT_FOUND", "CM_VALUE_INVALID"]);
  });
});

describe("a value written as it is", () => {
  it.each([
    { file: "a.json", input: '{\n"a":"TABLE://plain","x":"TABLE://quoted"}', place: "2:26", format: "json" },
    { file: "a.yml", input: 'x: TABLE://plain\ny: "TABLE://quoted"', place: "2:5", format: "yaml" },
  ])("brings a warning when it breaks $file", async ({ file, input, place, format }) => {
    const { manager } = await openTables({ TABLE: { values } });
    const { warnings } = await manager.renderBlocks(Buffer.from(input), { file });
    expect(
      warnings.map(({ message, hint, place: at }) => ({ message, hint, at: `${at?.line}:${at?.column}` })),
    ).toEqual([
      {
        message: `the value of "TABLE://quoted" breaks the ${format.toUpperCase()} around it`,
        hint: `write it with "--escape ${format}", or "--escape auto"`,
        at: place,
      },
    ]);
  });

  it.each([
    { name: "the file is none of the two", file: "a.txt", input: '"TABLE://quoted"' },
    { name: "nothing is broken", file: "a.yaml", input: "x: TABLE://plain" },
    { name: "it was broken before", file: "a.json", input: '{"x": "TABLE://quoted"' },
  ])("brings none when $name", async ({ file, input }) => {
    const { manager } = await openTables({ TABLE: { values } });
    expect((await manager.renderBlocks(Buffer.from(input), { file })).warnings).toEqual([]);
  });
});
