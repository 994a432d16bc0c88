/** The work of commands that are seldom called: a part of the program that is loaded with the first of them, and not before. */
export { runCheck } from "./check-run.ts";
export { runCompletion } from "./completion-run.ts";
export { runConfigPrint } from "./config-print-run.ts";
export { runDiff } from "./diff-run.ts";
export { runDoctor } from "./doctor-run.ts";
export { runSync } from "./sync-run.ts";
