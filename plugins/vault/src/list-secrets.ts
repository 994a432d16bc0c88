import type { ListedValue, ListRequest } from "configmanager/plugin";
import type { VaultAccess } from "./access.ts";
import { toVaultFolder, type VaultFolder } from "./address.ts";
import { readNames } from "./reply.ts";

/** So many secrets are read together, which is more than go on at once. */
const batchSize = 64;

/**
 * The secrets below a path with their current values, sorted by their names within it, under the paths by which tokens ask
 * for them. One whose current version is deleted is left out. Throws as a read does, also for a single one that may not be
 * read.
 */
export async function* listSecrets(
  access: VaultAccess,
  request: ListRequest,
  signal: AbortSignal,
): AsyncGenerator<ListedValue, void, undefined> {
  const folder = toVaultFolder(request);
  const names = (await namesIn(access, folder, "", request.recursive, signal)).toSorted();
  for (let from = 0; from < names.length; from += batchSize) {
    const batch = names.slice(from, from + batchSize);
    const replies = await Promise.all(batch.map((name) => access.read(folder.readOf(name), signal)));
    for (const [index, reply] of replies.entries()) {
      // Gone since it was listed.
      if (!reply.found && reply.error.kind === "notFound") continue;
      if (!reply.found) throw reply.error;
      if (reply.value.data !== "") yield { path: folder.tokenPath(batch[index]!), value: reply.value };
    }
  }
}

/** The names of secrets below a folder of the folder, `""` for itself; folders are asked all at once. */
async function namesIn(
  access: VaultAccess,
  folder: VaultFolder,
  below: string,
  recursive: boolean,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const path = `${folder.path}${below}`;
  const asked = { path, action: "listed", role: folder.role } as const;
  // As Vault's own clients send it: what stands between may not know the method LIST.
  const names = readNames(await access.send({ path, query: { list: "true" } }, asked, signal));
  if (typeof names === "string") {
    if (below !== "") return [];
    const error = await access.explain({ ...folder.readOf(""), path }, names, signal);
    // An empty folder and one that never was are the same to Vault.
    if (names === "secret" && error.kind === "notFound") return [];
    throw error;
  }
  const found = await Promise.all(
    names.map(async (name) => {
      if (!name.endsWith("/")) return [`${below}${name}`];
      return recursive ? namesIn(access, folder, `${below}${name}`, recursive, signal) : [];
    }),
  );
  return found.flat();
}
