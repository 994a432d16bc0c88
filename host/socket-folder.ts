import { existsSync, lstatSync, mkdtempSync, rmSync, unlinkSync } from "node:fs";
import path from "node:path";
import { ConfigManagerError } from "../internal/errors/errors.ts";
import { maxSocketPathBytes } from "../internal/goplugin/constants.ts";

/** A private folder (0700) for one plugin's sockets. */
export interface SocketFolder {
  readonly path: string;
  /** Removes the folder with everything in it; may be called again, never throws. */
  readonly remove: () => void;
}

/** `/plugin` and up to ten digits, as go-plugin names its sockets. */
const socketNameBytes = "/plugin4294967295".length;
const folderName = "cm-";
const folderNameBytes = "/cm-XXXXXX".length;

/**
 * Makes the folder that a plugin is told to put its sockets in, below `tempDir`, or below `/tmp` when that is so long
 * that a socket's path would not fit.
 *
 * @throws CM_PLUGIN_CONNECT when no folder can be made
 */
export function createSocketFolder(tempDir: string): SocketFolder {
  const fits = Buffer.byteLength(tempDir) + folderNameBytes + socketNameBytes <= maxSocketPathBytes;
  const parent = fits || !existsSync("/tmp") ? tempDir : "/tmp";
  let folder: string;
  try {
    // mkdtemp makes it 0700.
    folder = mkdtempSync(path.join(parent, folderName));
  } catch (error) {
    throw new ConfigManagerError(
      "CM_PLUGIN_CONNECT",
      `no private folder for a plugin's socket can be made in "${parent}"`,
      {
        hint: "set TMPDIR to a folder that can be written",
        cause: error,
      },
    );
  }
  return {
    path: folder,
    remove() {
      try {
        rmSync(folder, { recursive: true, force: true });
      } catch {
        // A plugin that still writes into it, at worst; there is nobody left to tell.
      }
    },
  };
}

/** Removes the socket that a plugin advertised, wherever it is; leaves alone whatever is no socket. Never throws. */
export function removeSocket(file: string): void {
  try {
    if (lstatSync(file).isSocket()) unlinkSync(file);
  } catch {
    // Gone already, as it should be.
  }
}
