import type { TokenReport } from "../../configmanager.ts";
import { jsonInBlocks, tableInBlocks } from "./table.ts";
import { placeText, toTokenRecord } from "./token-list.ts";

/** What became of each token, for people; never a value. */
export function reportTable(reports: readonly TokenReport[]): Iterable<string> {
  return tableInBlocks(columns, reports.map(toRow));
}

/** The same for programs: a JSON array with one token on each line. */
export function reportsAsJson(reports: readonly TokenReport[]): Iterable<string> {
  return jsonInBlocks(reports.map(toReportRecord));
}

/** What became of a token, as programs are told: the fields of a listed token, and `status`, `store`, `version`, `expires`, … */
export function toReportRecord(report: TokenReport): Readonly<Record<string, unknown>> {
  const { status, answeredBy, version, expiresAt, tookMs, isEmpty, code } = report;
  const expires = expiresAt?.toISOString();
  return { ...toTokenRecord(report), status, store: answeredBy, version, expires, tookMs, isEmpty, code };
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
