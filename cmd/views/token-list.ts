import type { ScannedToken } from "../../configmanager.ts";
import type { Place } from "../../internal/errors/errors.ts";
import { jsonInBlocks, tableInBlocks } from "./table.ts";

/** A table for people, a line for each token, in blocks; nothing at all when there is no token. */
export function tokenTable(tokens: readonly ScannedToken[]): Iterable<string> {
  return tableInBlocks(columns, tokens.map(toRow));
}

/** The same for programs: a JSON array with one token on each line. */
export function tokensAsJson(tokens: readonly ScannedToken[]): Iterable<string> {
  return jsonInBlocks(tokens.map(toRecord));
}

/** Where a token stands, as people are told. */
export function placeText({ file, line, column }: Place): string {
  return `${file === undefined ? "" : `${file}:`}${line}:${column}`;
}

const columns = ["PLACE", "PREFIX", "PATH", "KEY PATH", "METADATA"];

function toRow({ prefix, path, keyPath, metadata, default: defaultText, as, place }: ScannedToken): readonly string[] {
  const pairs = Object.entries(metadata).map(([key, value]) => `${key}=${value}`);
  if (defaultText !== undefined) pairs.push(`default=${defaultText}`);
  if (as !== undefined) pairs.push(`as=${as.join("+")}`);
  return [placeText(place), prefix, path, keyPath?.join(".") ?? "", pairs.join(",")];
}

function toRecord({ text, prefix, path, keyPath, metadata, default: defaultText, as, place }: ScannedToken): object {
  const { file, line, column } = place;
  return { file, line, column, token: text, prefix, path, keyPath, metadata, default: defaultText, as };
}
