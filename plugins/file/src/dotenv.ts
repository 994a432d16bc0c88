import { parse } from "dotenv";
import type { JsonTree } from "./json-tree.ts";

/** The pairs of a dotenv file, as JSON of strings. As dotenv does: nothing is expanded, a line that is no pair means nothing, the last of two wins. */
export function parseDotenv(text: string): JsonTree {
  return new Map(Object.entries(parse(text)).map(([name, value]) => [name, JSON.stringify(value)]));
}
