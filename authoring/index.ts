/**
 * What an author of a plugin is helped with: a new project, the report of `plugin test`, builds for every platform. Not for
 * running plugins. Called by `cmd` and by the release build, never by a run.
 */
import type { AssertionResult, PluginTestOptions } from "./plugin-test/report.ts";
import type { TestSubject } from "./plugin-test/subject.ts";

export { buildPlugin, type BuildOptions, type BuiltFile, type PluginBuild } from "./build/build-plugin.ts";
export { bunRuntime, bunVersion, type RuntimeOptions } from "./build/bun-runtime.ts";
export { formatChecksums, sha256OfFile } from "./build/checksums-file.ts";
export { compileExecutable, type CompileRequest } from "./build/compile-executable.ts";
export { type ExecutablePlatform, executablePlatforms } from "./build/executable-platforms.ts";
export { createPluginProject, type NewPlugin, type NewPluginOptions } from "./new/new-plugin.ts";
export type { LanguageGuide, PluginLanguage } from "./new/languages.ts";
export type { AssertionResult, PluginTestOptions } from "./plugin-test/report.ts";
export type { TestProbes, TestSubject } from "./plugin-test/subject.ts";

/**
 * Launches a plugin several times as hosts do, and looks at what can be seen of it from outside.
 *
 * @throws CM_USAGE for an id of `only` that is not there, or the signal's reason
 */
export async function testPlugin(
  subject: TestSubject,
  options: PluginTestOptions = {},
): Promise<readonly AssertionResult[]> {
  // Late, since it brings gRPC and protobuf.
  const { runAssertions } = await import("./plugin-test/run-assertions.ts");
  return runAssertions(subject, options);
}
