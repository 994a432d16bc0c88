import { withoutPluginVariables } from "../internal/goplugin/handshake-env.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What is inherited on Windows whatever `inheritEnv` says: without it a program cannot load its libraries. */
const windowsAlways = "SYSTEMROOT";

/** Holds a bearer token for the source of plugins, which is no plugin's business. */
export const sourceTokenVariable = "CONFIGMANAGER_SOURCE_TOKEN";

/**
 * The environment that a plugin gets below go-plugin's own variables: what it inherits, then what the configuration adds.
 *
 * `inheritEnv` undefined: everything is inherited but `sourceTokenVariable`. Else exactly the named ones are, a `*` at the end of a name standing
 * for any rest; nothing is added to the list in silence, so a script with `#!/usr/bin/env node` needs `PATH` in it.
 * Variables that go-plugin hosts set never pass, whatever is named (go-plugin protocol, section 1.2).
 */
export function pluginEnvironment(
  inherited: Environment,
  store: {
    readonly env?: Readonly<Record<string, string>> | undefined;
    readonly inheritEnv?: readonly string[] | undefined;
  },
  platform: NodeJS.Platform,
): Record<string, string> {
  const passes = store.inheritEnv === undefined ? isNoToken : matcher(store.inheritEnv, platform === "win32");
  const kept = Object.fromEntries(Object.entries(inherited).filter(([name]) => passes(name)));
  return withoutPluginVariables({ ...kept, ...store.env });
}

function isNoToken(name: string): boolean {
  return name.toUpperCase() !== sourceTokenVariable;
}

function matcher(patterns: readonly string[], isWindows: boolean): (name: string) => boolean {
  // Windows knows no case in names.
  const fold = (name: string): string => (isWindows ? name.toUpperCase() : name);
  const all = (isWindows ? [...patterns, windowsAlways] : patterns).map(fold);
  const exact = new Set(all.filter((pattern) => !pattern.endsWith("*")));
  const starts = all.filter((pattern) => pattern.endsWith("*")).map((pattern) => pattern.slice(0, -1));
  return (name) => exact.has(fold(name)) || starts.some((start) => fold(name).startsWith(start));
}
