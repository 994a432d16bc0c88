import { resolve } from "node:path";
import process from "node:process";
import { root } from "./source-files.ts";

const named = process.env["CONFIGMANAGER_TEST_PROGRAM"];

/**
 * The single-file executable that is tested instead of the program and the plugins that Node runs, where
 * CONFIGMANAGER_TEST_PROGRAM names one. Absolute.
 */
export const testedExecutable: string | undefined = named === undefined ? undefined : resolve(root, named);
