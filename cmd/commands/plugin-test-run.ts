import { testPlugin, type TestProbes } from "../../authoring/index.ts";
import { findRunnable, type HostContext } from "../../host/index.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { nodeContext } from "../../node-context.ts";
import { countResults, createReportText, reportAsJson } from "../views/plugin-report.ts";
import type { CommandArguments, RunCommand } from "./command.ts";

/**
 * Does `plugin test`: each result as soon as it is there, then a summary.
 *
 * @throws CM_PLUGIN_NONCONFORMING when an assertion does not hold; CM_PLUGIN_NOT_FOUND and whatever else keeps the file from
 * being launched
 */
export const runPluginTest: RunCommand = async (args, { io, settings, reporter }) => {
  const name = args.operands[0]!;
  const host: HostContext = { ...nodeContext(), env: io.env, cwd: io.cwd, home: io.home };
  const probes = readProbes(args);
  const added = readPairs(args.all("env"), "--env");
  const { command, env, facts } = findRunnable(name, settings.stores, host, {
    trustPluginModes: settings.trustPluginModes,
    logger: reporter.logger,
  });
  const isJson = args.has("json");
  const text = createReportText();
  const results = await testPlugin(
    {
      command,
      env: { ...env, ...added },
      context: { ...host, onProcessExit: io.onProcessExit },
      startTimeoutMs: settings.pluginStartTimeoutMs,
      probes,
    },
    {
      only: args.all("only").flatMap((ids) => ids.split(",")),
      signal: io.signal,
      onResult: async (result) => {
        if (!isJson) await io.stdout.write(text.add(result));
      },
    },
  );
  await io.stdout.write(isJson ? reportAsJson(facts.file, results) : text.end());
  const { failed, advice } = countResults(results);
  const unmet = failed + (args.has("strict") ? advice : 0);
  if (unmet === 0) return;
  throw new ConfigManagerError(
    "CM_PLUGIN_NONCONFORMING",
    `the plugin "${name}" fails ${unmet} of ${results.length} assertions`,
    { hint: "see what was expected, what was seen and what to do in the report", details: { file: facts.file } },
  );
};

function readProbes(args: CommandArguments): TestProbes {
  const metadata = readPairs(args.all("metadata"), "--metadata");
  const token = args.one("token");
  if (token === undefined && Object.keys(metadata).length > 0) {
    throw new ConfigManagerError("CM_USAGE", '"--metadata" says nothing without "--token"', {
      hint: "add --token PATH",
    });
  }
  return { token, metadata, missing: args.one("missing"), listed: args.one("list"), writable: args.one("write") };
}

function readPairs(pairs: readonly string[], flag: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      // Without what stands there: it may be a secret whose name was forgotten.
      throw new ConfigManagerError("CM_USAGE", `"${flag}" needs a name, "=" and a value`, {
        hint: `write ${flag} NAME=VALUE`,
      });
    }),
  );
}
