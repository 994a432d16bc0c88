import { type SaxesTagPlain, SaxesParser } from "saxes";
import { contextsOf, type EscapeContext, own, within } from "./context.ts";

const xml = contextsOf("xml", readXml);
const impossible = (...values: readonly string[]): boolean =>
  values.some((value) => /[\0-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(value));
const comment = (value = ""): boolean => impossible(value) || value.includes("-");

/** XML 1.0. */
export const xmlContexts: readonly EscapeContext[] = [
  xml("<r>§0</r>", own, impossible),
  xml("<?xml version='1.0'?>\n<r>a §0 z</r>", within, impossible),
  xml("<r>]§0&gt;]§1</r>", (one, two) => `]${one}>]${two}`, impossible),
  xml("<r>§0§1</r>", (one = "", two = "") => one + two, impossible),
  xml('<r a="§0"/>', own, impossible),
  xml("<r b='>' a='x §0:§1'/>", (one, two) => `x ${one}:${two}`, impossible),
  xml("<r><![CDATA[§0]]></r>", own, impossible),
  xml("<r><![CDATA[<a>]]§0]>§1]]></r>", (one, two) => `<a>]]${one}]>${two}`, impossible),
  xml(
    "<r><!-- it's §0 --><a>§1</a></r>",
    (_one, two) => two,
    (one = "", two = "") => comment(one) || impossible(two),
  ),
];

// All text of a document, or the attribute `a` of its root.
function readXml(text: string): string {
  const parser = new SaxesParser();
  let read = "";
  let depth = 0;
  parser.on("closetag", () => depth--);
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("text", (part) => (read += depth > 0 ? part : ""));
  parser.on("cdata", (part) => (read += part));
  parser.on("opentag", ({ attributes }: SaxesTagPlain) => {
    depth++;
    read += attributes["a"] ?? "";
  });
  parser.write(text).close();
  return read;
}
