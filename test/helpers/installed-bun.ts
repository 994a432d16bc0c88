import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";

/** The file of the bun that npm installed for this machine, or that `BUN` names; it need not be there. */
export function installedBun(): string {
  if (process.env["BUN"] !== undefined) return process.env["BUN"];
  try {
    const name = `@oven/bun-${process.platform}-${process.arch}/package.json`;
    return join(dirname(createRequire(import.meta.url).resolve(name)), "bin", "bun");
  } catch {
    return "no bun";
  }
}
