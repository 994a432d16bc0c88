import type { CST, Scalar } from "yaml";
import { addLines, addToBlock, blockLines, type BlockLayout } from "./block-edit.ts";
import type { Place } from "./find-place.ts";
import { addToFlow, type FlowLayout, flowValue } from "./flow-edit.ts";
import { insertAt, type Splice } from "./splice.ts";
import { spellLike, spellText } from "./spelling.ts";
import { blockText } from "./token-end.ts";

/** The splices that put a value into its place. */
export function splicesOf(text: string, place: Place, value: string, isJson: boolean): readonly Splice[] {
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const block: BlockLayout = { lineEnd, step: /^( +)[^\s#-]/m.exec(text)?.[1]?.length ?? 2 };
  const flow: FlowLayout = {
    lineEnd,
    isJson,
    colon: isJson && /":\S/.test(text) && !text.includes('": ') ? ":" : ": ",
    unit:
      isJson && /[\r\n].|^\s*(?:\{\s*\}|\[\s*\])\s*$/.test(text) ? (/^([ \t]+)\S/m.exec(text)?.[1] ?? "  ") : undefined,
  };
  const spell = (isInFlow: boolean): string => spellText(value, { isJson, isInFlow });

  switch (place.kind) {
    case "scalar": {
      const { scalar, isInFlow, rest } = place;
      if (rest.length === 0) return replaceScalar(scalar, spellLike(scalar, value, { isJson, isInFlow }));
      const indent = /[ \t]*/.exec(text.slice(text.lastIndexOf("\n", scalar.range![0] - 1) + 1))?.[0] ?? "";
      return replaceScalar(scalar, flowValue(rest, spell(true), indent, flow));
    }
    case "gap": {
      const { offset, holder, rest } = place;
      const isKey = text[offset - 1] === ":" && holder.type === "block-map";
      const isInFlow = holder.type === "flow-collection";
      // Between brackets a blank is there already as a rule; before a comment it has to stay.
      const [at, blank] = isInFlow && /^ [^#]/.test(text.slice(offset, offset + 2)) ? [offset + 1, ""] : [offset, " "];
      if (rest.length === 0) return [insertAt(at, `${blank}${spell(isInFlow)}`)];
      if (!isKey) return [insertAt(at, `${blank}${flowValue(rest, spell(true), "", flow)}`)];
      return [addLines(text, offset, blockLines(rest, spell(false), holder.indent + block.step, block), block)];
    }
    case "end": {
      const { of, rest } = place;
      if (of.type === "flow-collection") return addToFlow(text, of, rest, spell(true), flow);
      return [addToBlock(text, of, rest, spell(false), block)];
    }
    case "empty":
      return [addLines(text, text.length, blockLines(place.rest, spell(false), 0, block), block)];
  }
}

function replaceScalar({ srcToken }: Scalar, text: string): readonly Splice[] {
  const token = srcToken!;
  if (token.type !== "block-scalar") {
    return [{ start: token.offset, end: token.offset + (token as CST.FlowScalar).source.length, text }];
  }
  // What stands behind the `|` stays: a comment, and the end of the line.
  const header = token.props.find(({ type }) => type === "block-scalar-header") as CST.SourceToken;
  const { start, end } = blockText(token);
  const behind = /^[ \t]*\r?\n/.exec(token.source.slice(end - start))?.[0] ?? "";
  return [
    { start: header.offset, end: header.offset + header.source.length, text },
    { start, end: end + behind.length, text: "" },
  ];
}
