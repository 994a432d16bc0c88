import { resolve } from "node:path";
import { maxValueBytes, type Store, type StoreContext, type StoreValue, unknownKey } from "configmanager/plugin";
import manifest from "../package.json" with { type: "json" };
import { toCommandCall } from "./address.ts";
import { toAnswer, toStartError } from "./answer.ts";
import { toArguments } from "./arguments.ts";
import { type Command, readCommands } from "./commands.ts";
import { type Kill, type ProcessCall, runProcess } from "./run-process.ts";

/** What the store takes of the process that it is in. */
export interface ExecSurroundings {
  readonly kill: Kill;
}

/**
 * The output of commands that the configuration names, and of nothing else: a token names one of them and gives it an
 * argument. Every command that runs is gone when `tearDown` has ended.
 */
export function createExecStore({ kill }: ExecSurroundings): Store {
  let commands: ReadonlyMap<string, Command> = new Map();
  const running = new Set<Promise<StoreValue | Error>>();

  async function run(command: Command, args: readonly string[], path: string, context: StoreContext) {
    const { program, env, cwd, timeoutMs } = command;
    const call: ProcessCall = {
      program,
      args,
      env: { ...context.env, ...env },
      cwd: resolve(context.cwd, cwd ?? ""),
      timeoutMs,
      maxOutputBytes: maxValueBytes,
    };
    context.log.debug("running a command", { command: command.name });
    try {
      return toAnswer(command, call, path, await runProcess(call, context.signal, kill));
    } catch (error) {
      context.signal.throwIfAborted();
      throw await toStartError(command, call, error);
    }
  }

  return {
    prefix: "EXEC",
    version: manifest.version,
    summary: "the output of commands that the configuration names",
    pathForm: "<command>[/<argument>]",
    optionKeys: { commands: { description: "the commands, by the name that a token gives", required: true } },
    // A command is a process, and takes what a process takes.
    concurrency: 4,
    configure(options) {
      commands = readCommands(options["commands"]);
    },
    async value({ path }, context) {
      const { name, argument } = toCommandCall(path);
      const command = commands.get(name);
      if (command === undefined) throw unknownKey("command", name, [...commands.keys()]);
      const answer = run(command, toArguments(command, argument), path, context);
      running.add(answer);
      return answer.finally(() => running.delete(answer));
    },
    async tearDown() {
      await Promise.allSettled(running);
    },
  };
}
