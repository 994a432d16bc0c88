import { readdirSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import path from "node:path";
import { errnoOf } from "../../internal/errors/errno.ts";
import { hashFile } from "../lock/hash-file.ts";
import type { Checksum } from "../lock/plugin-lock.ts";
import { sourceError } from "./install-errors.ts";
import type { SourceReader } from "./source-reader.ts";
import { pluginFileOf } from "./sums-text.ts";

const blockBytes = 1 << 20;

/** Files of a folder. */
export function createFolderPublication(base: string, below: string, version: string | undefined): SourceReader {
  const folder = path.join(base, below);
  const locate = (fileName: string): string => path.join(folder, fileName);
  return {
    async open(fileName, signal) {
      const file = locate(fileName);
      const handle = await open(file, "r").catch((error: unknown) => {
        throw toSourceError(error, file);
      });
      const stats = await handle.stat();
      if (!stats.isFile()) {
        await handle.close();
        throw sourceError(`"${file}" is no regular file`, "name a folder with files of plugins");
      }
      const bytes = async function* (): AsyncGenerator<Uint8Array> {
        try {
          for (;;) {
            signal?.throwIfAborted();
            const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(blockBytes), 0, blockBytes);
            if (bytesRead === 0) return;
            yield buffer.subarray(0, bytesRead);
          }
        } catch (error) {
          signal?.throwIfAborted();
          throw toSourceError(error, file);
        } finally {
          await handle.close();
        }
      };
      return { size: stats.size, bytes: bytes() };
    },
    version: () => version,
    async read(fileName, signal) {
      return readFile(locate(fileName), signal && { signal }).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw toSourceError(error, locate(fileName));
      });
    },
    async hashAll(name, signal) {
      const checksums = new Map<string, Checksum>();
      for (const fileName of namesIn(folder)) {
        const file = pluginFileOf(fileName);
        if (file?.name !== name) continue;
        const { checksum } = await hashFile(locate(fileName), { signal });
        checksums.set(file.platform, checksum);
      }
      return checksums;
    },
    fileNames: () => namesIn(folder),
    locate,
  };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw toSourceError(error, folder);
  }
}

function toSourceError(error: unknown, file: string): unknown {
  const code = errnoOf(error);
  if (code === undefined) return error;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return sourceError(`there is no "${file}"`, "check the folder, the name and the version", { status: 404 });
  }
  return sourceError(`"${file}" cannot be read (${code})`, "give yourself the right to read it", { cause: error });
}
