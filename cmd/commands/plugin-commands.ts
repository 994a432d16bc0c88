/** The work of the commands for plugins, a part of the program that no run of the others loads. */
export { runPluginBuild } from "./plugin-build-run.ts";
export { runInit } from "./init-run.ts";
export { runPluginInstall } from "./plugin-install-run.ts";
export { runPluginList } from "./plugin-list-run.ts";
export { runPluginLock } from "./plugin-lock-run.ts";
export { runPluginRemove } from "./plugin-remove-run.ts";
export { runPluginVerify } from "./plugin-verify-run.ts";
export { runPluginNew } from "./plugin-new-run.ts";
export { runPluginTest } from "./plugin-test-run.ts";
export { runPluginTrust } from "./plugin-trust-run.ts";
