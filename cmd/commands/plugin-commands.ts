/** The work of the commands for plugins, a part of the program that no run of the others loads. */
export { runPluginBuild } from "./plugin-build-run.ts";
export { runPluginTest } from "./plugin-test-run.ts";
