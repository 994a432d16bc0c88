/** Runs the steps of a composite action as a runner of GitHub does: expressions, files for paths and outputs. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parse } from "yaml";

/** As much of `action.yml` as is used. */
export interface ActionFile {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly ActionStep[] };
}

/** One step that runs a command. */
export interface ActionStep {
  readonly id?: string;
  readonly name: string;
  readonly shell: string;
  readonly run: string;
  readonly "working-directory"?: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How an action is used. */
export interface ActionUse {
  /** The folder of the checkout, with `action.yml` in it. */
  readonly actionDir: string;
  /** The folder of the job, empty and the runner's own. */
  readonly job: string;
  readonly workspace: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** The contexts `github.action_ref` and `github.action_repository`. */
  readonly github?: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** What came of it; the log is what all steps wrote, up to the first that failed. */
export interface ActionResult {
  readonly exitCode: number;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly path: readonly string[];
}

/** Reads an `action.yml`. */
export function readAction(actionDir: string): ActionFile {
  return parse(readFileSync(join(actionDir, "action.yml"), "utf8")) as ActionFile;
}

/** Runs its steps one after the other. */
export async function runAction(use: ActionUse): Promise<ActionResult> {
  const action = readAction(use.actionDir);
  const given = Object.entries(use.inputs ?? {});
  const inputs = Object.fromEntries([
    ...Object.entries(action.inputs).map(([name, input]) => [name, input.default]),
    ...given,
  ]) as Record<string, string>;
  const steps: Record<string, Record<string, string>> = {};
  const path: string[] = [];
  let log = "";
  const evaluate = (text: string): string =>
    text.replace(/\$\{\{ ([\w.-]+) \}\}/g, (_all, expression: string) => {
      const [context, name = "", , output = ""] = expression.split(".");
      if (context === "inputs") return inputs[name] ?? "";
      if (context === "github") return use.github?.[name] ?? "";
      return steps[name]?.[output] ?? "";
    });
  const outputs = (): Record<string, string> =>
    Object.fromEntries(Object.entries(action.outputs).map(([name, { value }]) => [name, evaluate(value)]));
  for (const [number, step] of action.runs.steps.entries()) {
    const files = join(use.job, `step-${number}`);
    mkdirSync(files, { recursive: true });
    for (const name of ["path", "output"]) writeFileSync(join(files, name), "");
    const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run], {
      cwd: join(use.workspace, evaluate(step["working-directory"] ?? ".")),
      env: {
        ...use.env,
        PATH: [...path, use.env["PATH"]].join(delimiter),
        GITHUB_ACTIONS: "true",
        CI: "true",
        GITHUB_ACTION_PATH: use.actionDir,
        GITHUB_PATH: join(files, "path"),
        GITHUB_OUTPUT: join(files, "output"),
        RUNNER_TEMP: use.job,
        ...Object.fromEntries(Object.entries(step.env).map(([name, value]) => [name, evaluate(value)])),
      },
    });
    child.stdin.end();
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => (log += chunk));
    }
    const [exitCode] = (await once(child, "close")) as [number];
    path.unshift(...linesOf(join(files, "path")));
    if (step.id !== undefined) {
      steps[step.id] = Object.fromEntries(linesOf(join(files, "output")).map((line) => line.split(/=(.*)/s, 2)));
    }
    if (exitCode !== 0) return { exitCode, log, outputs: outputs(), path };
  }
  return { exitCode: 0, log, outputs: outputs(), path };
}

function linesOf(file: string): readonly string[] {
  return readFileSync(file, "utf8").split("\n").filter(Boolean);
}
