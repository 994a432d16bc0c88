import type { Finding } from "../../configmanager.ts";
import { escapeControls } from "../../internal/errors/redact.ts";
import { jsonInBlocks } from "./table.ts";

/** Findings for programs: a JSON array with one of them on each line. */
export function findingsAsJson(findings: readonly Finding[]): string {
  return [...jsonInBlocks(findings.map(toRecord))].join("");
}

/**
 * Findings as commands of a GitHub runner, which shows each at its line of the file. What inputs and plugins say is
 * escaped, so that it begins no command of its own.
 */
export function findingsForGithub(findings: readonly Finding[]): string {
  return findings.map(toGithubCommand).join("");
}

function toRecord({ level, problem }: Finding): Readonly<Record<string, unknown>> {
  const { code, message, hint, place, token } = problem;
  return { level, code, message, hint, file: place?.file, line: place?.line, column: place?.column, token };
}

function toGithubCommand({ level, problem }: Finding): string {
  const { code, message, hint, place } = problem;
  const { file, line, column } = place ?? {};
  // Standard input is no file that a line of it could be shown in.
  const where = file === undefined || file === "-" ? {} : { file, line, col: column };
  const properties = Object.entries({ ...where, title: code ?? "configmanager" }).map(
    ([name, value]) => `${name}=${escapeProperty(String(value))}`,
  );
  const text = [message, ...(hint === undefined ? [] : [`hint: ${hint}`])].map(escapeLines).join("\n");
  return `::${level} ${properties.join(",")}::${escapeData(text)}\n`;
}

// A hint may have several lines; the runner joins them again.
function escapeLines(text: string): string {
  return text.split("\n").map(escapeControls).join("\n");
}

function escapeData(text: string): string {
  return text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(escapeControls(text)).replace(/:/g, "%3A").replace(/,/g, "%2C");
}
