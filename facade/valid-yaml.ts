/** Whether a text can be read as YAML. A part of its own, since it brings a parser that few runs need. */
import { parseAllDocuments } from "yaml";

/** Says whether a text is YAML, of one document or of several. */
export function isValidYaml(bytes: Uint8Array): boolean {
  try {
    const documents = parseAllDocuments(Buffer.from(bytes).toString("utf8"), {
      prettyErrors: false,
      uniqueKeys: false,
    });
    return [documents].flat().every(({ errors }) => errors.length === 0);
  } catch {
    // What is nested so deeply that the parser's stack ends.
    return false;
  }
}
