/**
 * What an author of a plugin is helped with: a new project, the report of `plugin test`, builds for every platform. Not for
 * running plugins. Called by `cmd` and by the release build, never by a run.
 */
export { buildPlugin, type BuildOptions, type BuiltFile, type PluginBuild } from "./build/build-plugin.ts";
export { bunRuntime, bunVersion, type RuntimeOptions } from "./build/bun-runtime.ts";
export { formatChecksums, sha256OfFile } from "./build/checksums-file.ts";
export { compileExecutable, type CompileRequest } from "./build/compile-executable.ts";
export { type ExecutablePlatform, executablePlatforms } from "./build/executable-platforms.ts";
export { createPluginProject, type NewPlugin, type NewPluginOptions } from "./new/new-plugin.ts";
export type { LanguageGuide, PluginLanguage } from "./new/languages.ts";
