/**
 * Masks for the logs of CI runners: the one place where values are printed on purpose, as commands that make the runner
 * hide them. Called by `run.ts` with the values that a run got, before anything else of it is printed.
 */
import { isUtf8 } from "node:buffer";
import type { PrintSettings } from "../internal/config/config.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The text, for stderr, that masks values and each of their lines on the runner that the environment tells of; empty where
 * there is none. Not masked, since they would blank the log: what has fewer than four characters, and `true`, `false`,
 * `null`; nor what is no UTF-8.
 */
export function ciMasks(values: Iterable<Uint8Array>, env: Environment, { ci }: Pick<PrintSettings, "ci">): string {
  const toCommand = ci === "off" ? undefined : commandOf(env);
  if (toCommand === undefined) return "";
  const texts = new Set<string>();
  for (const value of values) {
    if (!isUtf8(value)) continue;
    const text = Buffer.from(value).toString();
    for (const part of [text, ...text.split(/\r\n|\r|\n/)]) if (isMasked(part)) texts.add(part);
  }
  return Array.from(texts, toCommand).join("");
}

const tooCommon: ReadonlySet<string> = new Set(["true", "false", "null"]);

function isMasked(text: string): boolean {
  return Array.from(text.trim()).length >= 4 && !tooCommon.has(text.trim());
}

type ToCommand = (text: string) => string;

function commandOf(env: Environment): ToCommand | undefined {
  if (env["GITHUB_ACTIONS"] === "true") return (text) => `::add-mask::${escapeData(text, "%25")}\n`;
  // Azure Pipelines sets it to "True".
  if (env["TF_BUILD"]?.toLowerCase() === "true") {
    return (text) => {
      const escaped = escapeData(text, "%AZP25").replaceAll(";", "%3B").replaceAll("]", "%5D");
      return `##vso[task.setsecret]${escaped}\n`;
    };
  }
  return undefined;
}

function escapeData(text: string, percent: string): string {
  return text.replaceAll("%", percent).replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
