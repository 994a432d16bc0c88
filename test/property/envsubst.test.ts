/** The expansion of variables against a recursive reading of its rules. Bytes are read as latin1: everything with a meaning is ASCII. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expand } from "../../internal/envsubst/expand.ts";

const runs = (count: number): number => count * Number(process.env["FUZZ_RUNS"] ?? 1);

const env: Readonly<Record<string, string>> = { A: "aa", B: "$A}", E: "", _X: "x" };
const fragments = [
  ..."$${}}ABEU_1:-=+? \n(a",
  "$A",
  "${A}",
  "${B}",
  "${E}",
  "${U}",
  "$$",
  "${A:-",
  "${U:-",
  "${U-",
  "${E=",
  "${E:=",
  "${A+",
  "${U:+",
  "${A?",
  "${U:?",
  "${A^",
  "${U//",
  "${_X}",
  "$_",
  "${_}",
  "${{",
  "}}",
  "${{ $A }}",
  "${1}",
  "$(",
  "é",
  "\xff",
  "\0",
];
const texts = fc.array(fc.constantFrom(...fragments), { maxLength: 14 }).map((parts) => parts.join(""));
const lists = fc.option(fc.subarray(["A", "B", "E", "U", "_X"]), { nil: undefined, freq: 3 });

describe("the expansion of variables", () => {
  it("does what a recursive reading of its rules does", { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(texts, lists, (text, list) => {
        const only = list === undefined ? undefined : new Set(list);
        const { bytes, problems, originalRange } = expand(Buffer.from(text, "latin1"), {
          lookup: (name) => env[name],
          only,
        });
        const expected = expandPlainly(text, only);
        expect(problems.map(({ start, error }) => `${start} ${error.code}`)).toEqual(expected.problems);
        if (expected.problems.length > 0) return;
        expect(Buffer.from(bytes).toString("latin1")).toBe(expected.pieces.map(({ output }) => output).join(""));
        let at = 0;
        for (const { output, start, end, isForm } of expected.pieces) {
          for (let index = 0; index < output.length; index++) {
            const origin = isForm ? { start, end } : { start: start + index, end: start + index + 1 };
            expect(originalRange(at + index, at + index + 1)).toEqual(origin);
          }
          at += output.length;
        }
      }),
      { numRuns: runs(80_000) },
    );
  });

  it("throws for no bytes, and maps every range into the original", { timeout: 300_000 }, () => {
    const anyBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    const manyDollars = fc
      .array(fc.constantFrom(...[..."${}:-A"].map((text) => text.charCodeAt(0))), { maxLength: 40 })
      .map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(anyBytes, manyDollars), fc.nat(80), fc.nat(80), (source, left, right) => {
        const { bytes, problems, originalRange } = expand(source, { lookup: () => "value" });
        for (const { start, end } of problems)
          expect(start < end && end <= source.length && source[start] === 0x24).toBe(true);
        if (problems.length > 0) return;
        const [start, end] = [Math.min(left, right, bytes.length), Math.min(Math.max(left, right), bytes.length)];
        const range = originalRange(start, end);
        expect(0 <= range.start && range.start <= range.end && range.end <= source.length).toBe(true);
        if (!source.includes(0x24)) expect(bytes).toBe(source);
      }),
      { numRuns: runs(40_000) },
    );
  });
});

interface Piece {
  readonly output: string;
  readonly start: number;
  readonly end: number;
  readonly isForm: boolean;
}

interface Node {
  readonly start: number;
  end: number;
  readonly name?: string;
  readonly operator?: string | undefined;
  readonly wordStart: number;
  readonly word: readonly Node[];
  readonly isClosed: boolean;
}

function expandPlainly(text: string, only: ReadonlySet<string> | undefined): { pieces: Piece[]; problems: string[] } {
  const problems: string[] = [];
  const pieces: Piece[] = [];
  const { nodes } = parsePlainly(text, 0, false);
  for (const node of nodes) writePlainly(node, true, true);
  return { pieces, problems };

  // What a node is worth; at the top level its pieces are kept.
  function writePlainly(node: Node, isUsed: boolean, isTop: boolean): string {
    const { start, end, name, operator, wordStart, word, isClosed } = node;
    const source = text.slice(start, end);
    const keep = (output: string, isForm: boolean): string => {
      if (isTop) pieces.push({ output, start, end, isForm });
      return output;
    };
    if (name === undefined) return keep(source, false);
    if (name === "$") return keep("$", true);
    const isListed = only === undefined || only.has(name);
    if (operator === undefined || !isClosed) {
      if (isListed) problems.push(`${start} CM_ENV_SYNTAX`);
      const head = text.slice(start, wordStart);
      const tail = isClosed ? "}" : "";
      if (isTop) pieces.push({ output: head, start, end: wordStart, isForm: false });
      const inner = word.map((child) => writePlainly(child, isUsed, isTop)).join("");
      if (isTop) pieces.push({ output: tail, start: end - tail.length, end, isForm: false });
      return head + inner + tail;
    }
    if (!isListed) return keep(source, false);
    const value = env[name];
    const isThere = value !== undefined && (value !== "" || !(operator === "" || operator.startsWith(":")));
    const kind = operator.at(-1);
    const isWordUsed = isUsed && ((kind === "+" && isThere) || ((kind === "-" || kind === "=") && !isThere));
    if (isUsed && !isThere && (kind === undefined || kind === "?")) problems.push(`${start} CM_ENV_UNSET`);
    const inner = word.map((child) => writePlainly(child, isWordUsed, false)).join("");
    if (isWordUsed) return keep(inner, true);
    return keep(isThere && kind !== "+" ? value : "", true);
  }
}

function parsePlainly(text: string, from: number, isWord: boolean): { nodes: Node[]; end: number; isClosed: boolean } {
  const nodes: Node[] = [];
  const matchAt = (pattern: RegExp, at: number): RegExpExecArray | null =>
    new RegExp(pattern, "y").exec(text.slice(at));
  for (let at = from; at < text.length;) {
    if (isWord && text[at] === "}") return { nodes, end: at, isClosed: true };
    const plain = { start: at, wordStart: at, word: [], isClosed: true };
    const name = "((?!_(?![A-Za-z0-9_]))[A-Za-z_][A-Za-z0-9_]*)";
    const expression = matchAt(/\$\{\{[^\n]*?\}\}/, at);
    const braced = matchAt(new RegExp(`\\$\\{${name}(:?[-=+?])?`), at);
    const bare = matchAt(new RegExp(`\\$${name}`), at);
    if (text.startsWith("$$", at)) {
      nodes.push({ ...plain, end: at + 2, name: "$" });
    } else if (expression !== null) {
      nodes.push({ ...plain, end: at + expression[0].length });
    } else if (braced !== null) {
      const headEnd = at + braced[0].length;
      if (braced[2] === undefined && text[headEnd] === "}") {
        nodes.push({ ...plain, end: headEnd + 1, name: braced[1]!, operator: "" });
      } else {
        const word = parsePlainly(text, headEnd, true);
        const end = word.isClosed ? word.end + 1 : text.length;
        nodes.push({
          start: at,
          end,
          name: braced[1]!,
          operator: braced[2],
          wordStart: headEnd,
          word: word.nodes,
          isClosed: word.isClosed,
        });
      }
    } else if (bare !== null) {
      nodes.push({ ...plain, end: at + bare[0].length, name: bare[1]!, operator: "" });
    } else {
      nodes.push({ ...plain, end: at + 1 });
    }
    at = nodes.at(-1)!.end;
  }
  return { nodes, end: text.length, isClosed: false };
}
