/**
 * What every replacing of a file needs, whoever does it: the rights of the old file, and bytes that are on the disk.
 * Nothing here opens or names a file; handles are handed in. Called by `internal/write` and by the SDK's `files`.
 */
import { errnoOf } from "../errors/errno.ts";

/** Whose a file is and who may do what. */
export interface OwnerAndMode {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** An open file whose rights can be set. */
export interface OwnedHandle {
  readonly stat: () => Promise<OwnerAndMode>;
  readonly chmod: (mode: number) => Promise<void>;
  readonly chown: (uid: number, gid: number) => Promise<void>;
}

/**
 * Gives a new file the owner, group and mode of the one that it replaces, as far as that is allowed. Where owner or group
 * cannot be kept, the rights that were theirs are taken away.
 */
export async function keepOwnerAndMode(handle: OwnedHandle, { uid, gid, mode }: OwnerAndMode): Promise<void> {
  // The owner first: changing it clears bits of the mode. Whoever cannot give a file away keeps it, but then the rights of
  // its old owner and group must not pass to another: set-id bits go, and a foreign group gets no more than everybody.
  const own = await handle.stat();
  let isOwnerKept = own.uid === uid;
  let isGroupKept = own.gid === gid;
  if (!isOwnerKept || !isGroupKept) {
    const changed = await succeeds(handle.chown(uid, gid));
    isOwnerKept ||= changed;
    isGroupKept ||= changed || (await succeeds(handle.chown(own.uid, gid)));
  }
  let kept = mode & 0o7777;
  if (!isOwnerKept) kept &= ~0o4000;
  if (!isGroupKept) kept &= ~0o2070 | ((kept & 0o007) << 3);
  await handle.chmod(kept);
}

/** Waits until the bytes of a file are on the disk; some file systems have nothing to flush and say so. */
export async function flush(handle: { readonly sync: () => Promise<void> }): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    if (!nothingToFlush.has(errnoOf(error))) throw error;
  }
}

/**
 * Waits until the names in a folder are on the disk, after a rename in it; never rejects: the file is there by then, and
 * that a crash right now might forget it again is no reason to fail.
 */
export async function flushFolder(
  open: () => Promise<{ readonly sync: () => Promise<void>; readonly close: () => Promise<void> }>,
): Promise<void> {
  try {
    const handle = await open();
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    return;
  }
}

const nothingToFlush: ReadonlySet<string | undefined> = new Set(["EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"]);

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
