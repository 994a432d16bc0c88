import { execFile } from "node:child_process";
import { chmod, chown, readFile } from "node:fs/promises";
import { promisify } from "node:util";

/**
 * Gives a socket to a group, a name or a decimal id, and lets it connect (go-plugin protocol, section 3.1). Throws for a
 * group that is not known or not one's own.
 */
export async function shareWithGroup(path: string, group: string): Promise<void> {
  await chown(path, -1, await groupId(group));
  await chmod(path, 0o660);
}

async function groupId(group: string): Promise<number> {
  if (/^[0-9]+$/.test(group)) return Number(group);
  const id = findGroup(await readFile("/etc/group", "utf8").catch(() => ""), group) ?? (await askDirectory(group));
  if (id === undefined) throw new Error(`group "${group}" is not known`);
  return id;
}

// A group may be known to a directory service only.
async function askDirectory(group: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)("getent", ["group", "--", group]);
    return findGroup(stdout, group);
  } catch {
    return undefined;
  }
}

function findGroup(table: string, group: string): number | undefined {
  for (const line of table.split("\n")) {
    const [name, , id] = line.split(":");
    if (name === group && id !== undefined && /^[0-9]+$/.test(id)) return Number(id);
  }
  return undefined;
}
