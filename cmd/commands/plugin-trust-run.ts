import { statSync } from "node:fs";
import path from "node:path";
import { type HostContext, loadFolderTrust } from "../../host/index.ts";
import { ConfigManagerError } from "../../internal/errors/errors.ts";
import { escapeControls } from "../../internal/errors/redact.ts";
import { nodeContext } from "../../node-context.ts";
import { type CommandContext, readBroughtAlong } from "../context.ts";
import { broughtAlongText } from "../views/brought-along.ts";
import type { CommandArguments, RunCommand } from "./command.ts";

/** Does `plugin trust`: puts a folder on record, takes one off it, or shows them all. */
export const runPluginTrust: RunCommand = async (args, context) => {
  const { io } = context;
  const host: HostContext = { ...nodeContext(), env: io.env, cwd: io.cwd, home: io.home };
  const folder = path.resolve(io.cwd, args.operands[0] ?? ".");
  checkTogether(args);
  if (args.has("list")) return listTrusted(host, context);
  return args.has("remove") ? removeTrust(folder, host, context) : addTrust(folder, host, context);
};

function checkTogether(args: CommandArguments): void {
  if (!args.has("list") || (!args.has("remove") && args.operands[0] === undefined)) return;
  const other = args.has("remove") ? '"--remove"' : `"${args.operands[0]}"`;
  throw new ConfigManagerError("CM_USAGE", `"--list" and ${other} exclude each other`, { hint: "write one of them" });
}

async function listTrusted(host: HostContext, { io, reporter }: CommandContext): Promise<void> {
  const { readTrusted } = await loadFolderTrust();
  const folders = [...readTrusted(host)];
  await io.stdout.write(folders.map((folder) => `${escapeControls(folder)}\n`).join(""));
  if (folders.length === 0) await reporter.note("no folder is trusted");
}

async function addTrust(folder: string, host: HostContext, { io, settings, reporter }: CommandContext): Promise<void> {
  const { findBroughtAlong, updateTrusted } = await loadFolderTrust();
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new ConfigManagerError("CM_USAGE", `"${folder}" is no folder`, { hint: "name the folder of a project" });
  }
  // First: what cannot be shown is not trusted.
  const brought = findBroughtAlong(folder, await readBroughtAlong(folder, io), host);
  await updateTrusted(host, (folders) => [...folders, brought.folder], io.signal);
  const listed =
    brought.items.length === 0 ? "  nothing yet; what comes later is trusted too\n" : broughtAlongText(brought);
  await io.stdout.write(`trusted: ${escapeControls(brought.folder)}\n${listed}`);
  if (settings.trust === "ask") return;
  await reporter.warn([
    {
      message: "every folder is trusted as long as nobody asks",
      hint: 'write "trust: ask" into the configuration of your home folder, or set CONFIGMANAGER_TRUST=ask',
    },
  ]);
}

async function removeTrust(folder: string, host: HostContext, { io, reporter }: CommandContext): Promise<void> {
  const { realpathIfThere, updateTrusted } = await loadFolderTrust();
  const real = realpathIfThere(folder);
  let wasTrusted = false;
  await updateTrusted(
    host,
    (folders) => {
      wasTrusted = folders.has(real);
      return [...folders].filter((trusted) => trusted !== real);
    },
    io.signal,
  );
  if (wasTrusted) await io.stdout.write(`no longer trusted: ${escapeControls(real)}\n`);
  else await reporter.note(`${real} was not trusted`);
}
