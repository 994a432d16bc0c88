/**
 * A facade that knows the stores AWSPARAMSTR and VAULT and takes their values from a table, for tests of `cmd/` that are
 * about the command line and not about tokens. A token is a prefix, `://` and whatever is neither blank nor NUL.
 */
import { Buffer } from "node:buffer";
import type { Facade } from "../../cmd/context.ts";
import type { ConfigManager, ConfigManagerOptions, ScannedToken, ScanReport } from "../../configmanager.ts";
import { ConfigManagerError, ConfigManagerErrors, type Place, toErrors } from "../../internal/errors/errors.ts";

/** The facade, and what was asked of it. */
export interface FakeFacade extends Facade {
  /** The options of each `createConfigManager`. */
  readonly opened: ConfigManagerOptions[];
  /** How many of them were disposed. */
  disposed: number;
}

/** A facade over a table of values by token; one that has no value is CM_STORE_NOT_FOUND. `AWSPARAMSTR://` alone is a fault. */
export function createFakeFacade(values: Readonly<Record<string, string>> = {}): FakeFacade {
  const fake: FakeFacade = {
    opened: [],
    disposed: 0,
    lineAt: (bytes: Uint8Array, place: Place) => {
      const line = Buffer.from(bytes).toString().split("\n")[place.line - 1] ?? "";
      return { text: line, caretColumn: place.column };
    },
    createConfigManager(options = {}) {
      if (options.keySeparator === "no") {
        throw new ConfigManagerError("CM_KEY_SEPARATOR_INVALID", 'the key separator "no" is not one character');
      }
      fake.opened.push(options);
      return {
        ...createMethods(values, options),
        killNow: () => {},
        async [Symbol.asyncDispose]() {
          fake.disposed++;
        },
      };
    },
  };
  return fake;
}

function createMethods(
  values: Readonly<Record<string, string>>,
  options: ConfigManagerOptions,
): Omit<ConfigManager, "killNow" | keyof AsyncDisposable> {
  const renderBlocks: ConfigManager["renderBlocks"] = async (input, { file, signal } = {}) => {
    signal?.throwIfAborted();
    const text = Buffer.from(input).toString();
    const { tokens, errors, warnings } = scanText(text, file);
    options.onProgress?.({ kind: "launching", prefixes: ["AWSPARAMSTR"] });
    const missing = tokens.filter((token) => values[token.text] === undefined).map(notFound);
    if (errors.length + missing.length > 0) throw new ConfigManagerErrors([...errors, ...missing]);
    await options.onValues?.(tokens.map((token) => Buffer.from(values[token.text]!)));
    const rendered = text.replace(/(?:AWSPARAMSTR|VAULT):\/\/[^\s\0]+/g, (token) => values[token]!);
    const blocks = Object.assign([Buffer.from(rendered)], {
      byteLength: Buffer.byteLength(rendered),
      tokenCount: tokens.length,
    });
    return { blocks, warnings };
  };
  const unused = (): Promise<never> => Promise.reject(new Error("no test of the command line needs this of the fake"));
  return {
    scan: async (input, { file } = {}) => scanText(Buffer.from(input).toString(), file),
    renderBlocks,
    async renderAll(inputs, callOptions) {
      const work = inputs.map(({ bytes, file }) =>
        renderBlocks(bytes, { ...callOptions, ...(file === undefined ? {} : { file }) }),
      );
      const failures = (await Promise.allSettled(work)).filter((result) => result.status === "rejected");
      if (failures.length > 0) throw new ConfigManagerErrors(failures.flatMap(({ reason }) => toErrors(reason)));
      const rendered = await Promise.all(work);
      return { outputs: rendered.map(({ blocks }) => blocks), warnings: rendered.flatMap(({ warnings }) => warnings) };
    },
    explain: unused,
    check: unused,
    compare: unused,
    sync: unused,
    put: unused,
    listBelow: unused,
    inspectPlugins: unused,
    knownPrefixes: async () => ["AWSPARAMSTR", "VAULT"],
    render: async (input: never) => input,
    async retrieve(requests) {
      const tokens = requests.map((request) =>
        scanText(typeof request === "string" ? request : request.token, undefined),
      );
      await options.onValues?.(tokens.map(({ tokens: [token] }) => Buffer.from(values[token!.text]!)));
      return {
        warnings: [],
        values: tokens.map(({ tokens: [token] }) => ({
          reference: {
            text: token!.text,
            prefix: token!.prefix,
            path: token!.path,
            keyPath: undefined,
            metadata: new Map(),
            rawMetadata: "",
            defaultText: undefined,
            transforms: [],
          },
          value: Buffer.from(values[token!.text]!),
        })),
      };
    },
  };
}

function scanText(text: string, file: string | undefined): ScanReport {
  const tokens: ScannedToken[] = [];
  const errors: ConfigManagerError[] = [];
  for (const match of text.matchAll(/(AWSPARAMSTR|VAULT):\/\/([^\s\0]*)/g)) {
    const before = text.slice(0, match.index).split("\n");
    const start = match.index;
    const place = {
      ...(file === undefined ? {} : { file }),
      line: before.length,
      column: before.at(-1)!.length + 1,
      start,
      end: start + match[0].length,
    };
    const [whole, prefix = "", path = ""] = match;
    if (path === "")
      errors.push(new ConfigManagerError("CM_TOKEN_EMPTY_PATH", `"${whole}" has no path`, { place, token: whole }));
    else tokens.push({ text: whole, prefix, path, metadata: {}, place });
  }
  const warnings = text.includes("dubious") ? [{ message: "this is dubious", hint: "look again" }] : [];
  return { tokens, errors, warnings };
}

function notFound({ text, place }: ScannedToken): ConfigManagerError {
  return new ConfigManagerError("CM_STORE_NOT_FOUND", `"${text}" is not there`, { place, token: text });
}
