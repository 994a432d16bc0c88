import type { Finding } from "../../configmanager.ts";
import { parseDays } from "../../internal/config/duration.ts";
import { ConfigManagerError, ConfigManagerErrors } from "../../internal/errors/errors.ts";
import { exitCodeOfRun } from "../exit-codes.ts";
import { readFiles } from "../read-files.ts";
import { findingsAsJson, findingsForGithub } from "../views/findings.ts";
import type { CommandArguments, RunCommand } from "./command.ts";

/** Does `check`: everything that would fail in a run of the files; the exit code is that of the run. */
export const runCheck: RunCommand = async (args, context) => {
  const { io, manager, reporter } = context;
  const expiresBefore = toExpiresBefore(args);
  const inputs = await readFiles(args, context);
  const { findings, tokenCount } = await manager.check(inputs, {
    signal: io.signal,
    resolve: args.has("resolve"),
    ...(expiresBefore === undefined ? {} : { expiresBefore }),
  });
  const errors = findings.flatMap((finding) => (finding.level === "error" ? [finding.problem] : []));
  const format = args.one("format") ?? "text";
  if (format !== "text") {
    await io.stdout.write(format === "json" ? findingsAsJson(findings) : findingsForGithub(findings));
  } else {
    await reporter.warn(findings.filter(isWarning).map(({ problem }) => problem));
    if (errors.length > 0) throw new ConfigManagerErrors(errors);
  }
  if (findings.length === 0 && format !== "json") {
    await reporter.note(`no fault in ${counted(tokenCount, "token")} of ${counted(inputs.length, "file")}`);
  }
  return exitCodeOfRun(errors);
};

function toExpiresBefore(args: CommandArguments): Date | undefined {
  const text = args.one("expiresWithin");
  if (text === undefined) return undefined;
  const milliseconds = parseDays(text);
  if (milliseconds === undefined) {
    throw new ConfigManagerError("CM_USAGE", `"${text}" of --expires-within is no time`, {
      hint: "write a number with its unit (d, h, m), such as 14d or 36h",
    });
  }
  if (!args.has("resolve")) {
    throw new ConfigManagerError("CM_USAGE", '"--expires-within" says nothing without "--resolve"', {
      hint: "add --resolve",
    });
  }
  return new Date(Date.now() + milliseconds);
}

function isWarning(finding: Finding): finding is Extract<Finding, { readonly level: "warning" }> {
  return finding.level === "warning";
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
