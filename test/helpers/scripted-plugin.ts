/** Plugins for tests of the host: a scripted one that plays any part, and one executable for each sin. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { StoreConfig } from "../../internal/config/config.ts";
import { root } from "./source-files.ts";

/** What `test/fixtures/bad-plugins/scripted.cjs` does; a good plugin of protocol 1 where nothing is set. */
export interface Script {
  /** Where environment and process id are written to at the start. */
  readonly dumpTo?: string;
  /** Where each event is appended to as a line of JSON: `value <path>`, `stdio`, `broker`, `shutdown`, `sigterm`, … */
  readonly notesTo?: string;
  /** The handshake line; `{version}`, `{network}`, `{address}` and `{cert}` are filled in. */
  readonly line?: string;
  readonly lineEnd?: string;
  /** Printed to stdout behind the handshake; the path `after` is answered when all of it has been taken. */
  readonly after?: { readonly lines: number; readonly lineBytes: number };
  readonly version?: 1 | 2;
  readonly network?: "unix" | "tcp";
  /** Where it makes its socket in place of the folder that it is told. */
  readonly socketDir?: string;
  /** Serves TLS; `servedPem` is shown in place of the certificate of the handshake line. */
  readonly tls?: {
    readonly certificatePem: string;
    readonly keyPem: string;
    readonly servedPem?: string;
    readonly keyOfServedPem?: string;
  };
  readonly without?: readonly ("health" | "stdio" | "broker" | "controller" | "store")[];
  readonly stdio?: "open" | "end" | "unavailable";
  /** What comes of `Shutdown`: an answer and exit, no answer, a closed connection and exit, an answer and no exit. */
  readonly shutdown?: "exit" | "hang" | "drop" | "stay" | { readonly exitAfterMs: number };
  readonly ignoreSigterm?: boolean;
  /** Starts a process that outlives it and holds its pipes. */
  readonly grandchild?: boolean;
  /** The file whose bytes are written to stderr at the start. */
  readonly stderrFrom?: string;
  /** Writes to stderr without end. */
  readonly floodStderr?: boolean;
  /** The JSON text of what the path `message` fails with. */
  readonly message?: string;
  readonly v2?: {
    readonly describe?: {
      readonly metadataKeys?: readonly { readonly name: string }[];
      readonly anyMetadata?: boolean;
    };
    readonly configureCode?: number;
    readonly twice?: boolean;
    readonly unknown?: boolean;
    /** The stream ends with this status of gRPC's. */
    readonly status?: number;
    readonly stayOpen?: boolean;
  };
}

/** The store of a configuration whose plugin does what the script says. */
export function scriptedStore(script: Script, more: StoreConfig = {}): StoreConfig {
  return { path: badPlugin("scripted.cjs"), ...more, env: { SCRIPT: JSON.stringify(script), ...more.env } };
}

/** The path of one of the executables of `test/fixtures/bad-plugins`. */
export function badPlugin(name: string): string {
  return join(root, "test", "fixtures", "bad-plugins", name);
}

/** One event that the scripted plugin wrote down. */
export interface Note {
  readonly event: string;
  readonly [fact: string]: unknown;
}

/** What the plugin wrote to `notesTo` so far. */
export function readNotes(file: string): readonly Note[] {
  try {
    const lines = readFileSync(file, "utf8").trim().split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Note);
  } catch {
    return [];
  }
}

/** This process's own environment without what would change how a plugin is launched. */
export function plainEnvironment(): Record<string, string | undefined> {
  const { CONFIGMANAGER_DIR: _directory, CONFIGMANAGER_PLUGIN: _cookie, ...rest } = process.env;
  return rest;
}

/** An executable of its own with this text; its file name is `name`. */
export function writeExecutable(folder: string, name: string, text: string | Uint8Array, mode = 0o755): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

/** A plugin that prints exactly this to stdout and waits to be killed. */
export function printingPlugin(folder: string, output: string): string {
  const octal = [...Buffer.from(output)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  return writeExecutable(folder, "printing", `#!/bin/sh\nprintf '${octal}'\nexec sleep 300\n`);
}
