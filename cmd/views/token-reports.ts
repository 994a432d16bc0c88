import type { TokenReport } from "../../configmanager.ts";
import { toRecord } from "../run-report.ts";
import { jsonInBlocks, tableInBlocks } from "./table.ts";
import { placeText } from "./token-list.ts";

/** What became of each token, for people; never a value. */
export function reportTable(reports: readonly TokenReport[]): Iterable<string> {
  return tableInBlocks(columns, reports.map(toRow));
}

/** The same for programs: a JSON array with one token on each line, each as `--report` has it. */
export function reportsAsJson(reports: readonly TokenReport[]): Iterable<string> {
  return jsonInBlocks(reports.map(toRecord));
}

const columns = ["PLACE", "TOKEN", "STORE", "VERSION", "EXPIRES", "STATUS", "TOOK"];

function toRow({
  place,
  text,
  status,
  answeredBy,
  version,
  expiresAt,
  tookMs,
  isEmpty,
  code,
}: TokenReport): readonly string[] {
  const says = code ?? (isEmpty === true ? "empty" : undefined);
  return [
    place === undefined ? "" : placeText(place),
    text,
    answeredBy ?? "",
    version ?? "",
    expiresAt?.toISOString() ?? "",
    says === undefined ? status : `${status}, ${says}`,
    tookMs === undefined ? "" : `${Math.round(tookMs)} ms`,
  ];
}
