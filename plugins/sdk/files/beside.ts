import { createHash, randomBytes } from "node:crypto";
import { readdir, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** The file that locks another: beside it, hidden, and named so that no name of a file is too long for it. */
export function lockBeside(path: string): string {
  return `${stemOf(path)}.lock`;
}

/** A new name for what is to take a file's place. */
export function temporaryBeside(path: string): string {
  return `${stemOf(path)}-${randomBytes(12).toString("hex")}.tmp`;
}

/**
 * Removes what killed writers of a file have left beside it. For the holder of its lock alone: nobody else has work there
 * that is still wanted. Never rejects; what cannot be removed stays.
 */
export async function sweepBeside(path: string): Promise<void> {
  const stem = basename(stemOf(path));
  const isLeft = (name: string): boolean =>
    name.startsWith(stem) && (name.endsWith(".tmp") || name.startsWith(`${stem}.lock.`));
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  await Promise.all(names.filter(isLeft).map((name) => unlink(join(folder, name)).catch(() => {})));
}

function stemOf(path: string): string {
  const hash = createHash("sha256").update(basename(path)).digest("hex").slice(0, 16);
  return join(dirname(path), `.configmanager-${hash}`);
}
