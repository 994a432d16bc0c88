import { join } from "node:path";
import process from "node:process";
import { bunVersion } from "../../authoring/index.ts";
import { root } from "./source-files.ts";

/** The file of the bun that the release build fetched for this machine, or that `BUN` names; it need not be there. */
export function installedBun(): string {
  const name = `bun-${process.platform}-${process.arch === "arm64" ? "aarch64" : process.arch}`;
  const folder = join(root, "node_modules", ".cache", "configmanager", "bun", `${name}-${bunVersion}`);
  return process.env["BUN"] ?? join(folder, "node_modules", "@oven", name, "bin", "bun");
}
