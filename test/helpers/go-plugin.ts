/** The plugin on the real go-plugin, as a store of a configuration; without Go a bare machine skips, a CI fails. */
import { join } from "node:path";
import process from "node:process";
import { it } from "vitest";
import { buildGoBinaries } from "../conformance/build-go.ts";
import type { StoreConfig } from "../../internal/config/config.ts";
import { root } from "./source-files.ts";

/** What `test/conformance/go/cmd/plugin` understands. */
export interface GoPluginSettings {
  readonly cookie?: "hello" | "configmanager-plugin-hello";
  readonly network?: "unix" | "tcp";
  readonly versions?: string;
}

const binaries = await buildGoBinaries(join(root, "test", ".build", "go"));
if (binaries === undefined) {
  if (process.env["CI"] !== undefined) throw new Error("there is no go on PATH to build the conformance plugin with");
  process.stderr.write("WARNING: no go on PATH: the tests with a real Go plugin are skipped\n");
}

/** `it` for tests that need the Go plugin. */
export const itWithGo: typeof it = it.skipIf(binaries === undefined) as typeof it;

/** The store whose plugin it is. */
export function goStore({ cookie, network, versions }: GoPluginSettings = {}): StoreConfig {
  if (binaries === undefined) throw new Error("there is no Go plugin");
  return {
    path: binaries.plugin,
    env: {
      ...(cookie === undefined ? {} : { CONFORMANCE_COOKIE: cookie }),
      ...(network === undefined ? {} : { CONFORMANCE_NETWORK: network }),
      ...(versions === undefined ? {} : { CONFORMANCE_VERSIONS: versions }),
    },
  };
}
