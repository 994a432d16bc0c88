import { describe, expect, it } from "vitest";
import { importsOf, type SourceImport, sourceFiles } from "../helpers/source-files.ts";

/** Who may import whom: `docs/architecture.md` has the same table in words. The first row that fits a file holds. */
const table: readonly { readonly from: RegExp; readonly mayImport: readonly RegExp[] }[] = [
  { from: /^internal\/errors\//, mayImport: [/^internal\/errors\//] },
  { from: /^internal\/files\//, mayImport: [/^internal\/(files|errors)\//, /^node:path$/] },
  { from: /^internal\/network\//, mayImport: [/^internal\/network\//, /^node:(http|https|net|tls|stream|fs)$/] },
  { from: /^internal\/log\//, mayImport: [/^internal\/(log|errors|config)\//] },
  { from: /^internal\/config\//, mayImport: [/^internal\/(config|log|errors)\//, /^yaml$/, /^node:path$/] },
  { from: /^internal\/token\//, mayImport: [/^internal\/(token|errors)\//, /^node:buffer$/] },
  { from: /^internal\/mask\//, mayImport: [/^internal\/(mask|errors)\//, /^node:buffer$/] },
  {
    from: /^internal\/h2\//,
    mayImport: [/^internal\/h2\//, /^node:(buffer|net)$/],
  },
  { from: /^internal\/envsubst\//, mayImport: [/^internal\/(envsubst|token|errors)\//, /^node:buffer$/] },
  { from: /^internal\/resolve\//, mayImport: [/^internal\/(resolve|token|errors)\//, /^node:buffer$/] },
  {
    from: /^internal\/write\//,
    mayImport: [/^internal\/(write|resolve|token|files|errors)\//, /^node:(buffer|path|crypto)$/, /^diff$/],
  },
  {
    from: /^internal\/goplugin\//,
    mayImport: [
      /^internal\/(goplugin|h2|gen|errors|log)\//,
      /^@bufbuild\/protobuf(\/.*)?$/,
      /^node:(crypto|net|buffer|util|tls|stream|events)$/,
    ],
  },
  {
    from: /^host\//,
    mayImport: [
      /^host\//,
      /^internal\//,
      /^@bufbuild\/protobuf(\/.*)?$/,
      /^@sigstore\/(bundle|protobuf-specs|verify)$/,
      /^node:/,
    ],
  },
  {
    from: /^plugins\/sdk\/testing\//,
    mayImport: [/^plugins\/sdk\//, /^host\//, /^internal\/(goplugin|gen|errors|log|resolve\/token-store)/, /^node:/],
  },
  {
    from: /^plugins\/sdk\//,
    mayImport: [
      /^plugins\/sdk\/(?!testing\/)/,
      /^internal\/(goplugin|gen|errors|log|files|network)\//,
      /^internal\/config\/duration\.ts$/,
      /^@bufbuild\/protobuf(\/.*)?$/,
      /^lossless-json$/,
      /^node:/,
    ],
  },
  { from: /^index\.ts$/, mayImport: [/^configmanager\.ts$/, /^internal\//] },
  {
    from: /^facade\//,
    mayImport: [/^facade\//, /^node-context\.ts$/, /^host\/index\.ts$/, /^internal\//, /^node:buffer$/, /^yaml$/],
  },
  {
    // The raw host speaks gRPC by a library: what tests the project's own gRPC must not be that itself.
    from: /^authoring\/plugin-test\//,
    mayImport: [
      /^authoring\/plugin-test\//,
      /^host\/index\.ts$/,
      /^internal\/(errors|goplugin|gen)\//,
      /^@grpc\/grpc-js$/,
      /^@bufbuild\/protobuf(\/.*)?$/,
      /^node:/,
    ],
  },
  {
    from: /^authoring\//,
    mayImport: [/^authoring\//, /^host\/index\.ts$/, /^internal\/(errors|log|config|goplugin|gen)\//, /^node:/],
  },
  { from: /^release\//, mayImport: [/^release\//, /^scripts\/.*\.mjs$/, /^node:/] },
  { from: /^node-context\.ts$/, mayImport: [/^host\/index\.ts$/, /^node:/] },
  {
    from: /^configmanager\.ts$/,
    mayImport: [/^facade\//, /^host\/index\.ts$/, /^internal\//],
  },
  {
    from: /^cmd\//,
    mayImport: [
      /^cmd\//,
      /^configmanager\.ts$/,
      /^node-context\.ts$/,
      /^host\/index\.ts$/,
      /^host\/(lock|install)\/index\.ts$/,
      /^authoring\/index\.ts$/,
      /^internal\/(errors|log|config|mask|write|files)\//,
      /^(commander|picomatch)$/,
      /^node:/,
    ],
  },
];

const code = sourceFiles(/\.ts$/).filter(
  (file) => !/\.test\.ts$|\.test-d\.ts$|^test\/|^bench\/|\.config\.ts$/.test(file),
);
const imports = code.flatMap(importsOf);

describe("the import table", () => {
  it.each(code.filter((file) => !file.startsWith("plugins/") || file.startsWith("plugins/sdk/")))(
    "%s imports only what its folder may",
    (file) => {
      const row = table.find(({ from }) => from.test(file));
      expect(row, "a file in no row of the table").toBeDefined();
      const wrong = imports.filter(
        ({ from, to }) => from === file && !row!.mayImport.some((pattern) => pattern.test(to)),
      );
      expect(wrong).toEqual([]);
    },
  );

  it.each(code.filter((file) => file.startsWith("plugins/") && !file.startsWith("plugins/sdk/")))(
    "%s leaves its workspace only by the SDK's door and its cloud's",
    (file) => {
      const isCloud = file.startsWith("plugins/clouds/");
      const folder = file.split("/", isCloud ? 3 : 2).join("/");
      const doors = isCloud
        ? /^configmanager\/plugin$/
        : /^(configmanager\/plugin|@configmanager-plugins\/(aws|azure))$/;
      const leaving = imports.filter(
        ({ from, to }) =>
          from === file && /^(\.\.|cmd\/|host\/|internal\/|plugins\/|configmanager|@configmanager-plugins)/.test(to),
      );
      expect(leaving.filter(({ to }) => !to.startsWith(`${folder}/`) && !doors.test(to))).toEqual([]);
    },
  );

  it.each(code.filter((file) => /^plugins\/(?!sdk\/|clouds\/)[^/]+\/src\/(main|store|address)\.ts$/.test(file)))(
    "%s loads no official SDK before the handshake",
    (file) => {
      const early = staticImportsOf(file).filter((to) => !/^(plugins\/|node:|configmanager\/plugin$)/.test(to));
      expect(early.filter((to) => !/^(yaml|dotenv|toml-eslint-parser)/.test(to))).toEqual([]);
    },
  );

  it("has no cycle", () => {
    expect(findCycle(imports.filter(({ dynamic, typeOnly }) => !dynamic && !typeOnly))).toEqual([]);
  });

  it("lets nothing import cmd", () => {
    expect(imports.filter(({ from, to }) => to.startsWith("cmd/") && !from.startsWith("cmd/"))).toEqual([]);
  });

  // That nobody takes them as globals is a rule of the linter, which knows a variable of the same name from them.
  it("keeps process and console at the edges", () => {
    const edges =
      /^(cmd\/main|plugins\/sdk\/serve|plugins\/sdk\/files\/process-life|plugins\/exec\/src\/main|node-context)\.ts$/;
    expect(imports.filter(({ from, to }) => /^node:(process|console)$/.test(to) && !edges.test(from))).toEqual([]);
  });
});

/** What is loaded with a file, before any `import()` of it runs. */
function staticImportsOf(file: string, seen: Set<string> = new Set()): readonly string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const direct = imports.filter(({ from, dynamic, typeOnly }) => from === file && !dynamic && !typeOnly);
  const targets = direct.map(({ to }) =>
    to.replace(/^@configmanager-plugins\/(.+)$/, "plugins/clouds/$1/src/index.ts"),
  );
  return targets.concat(targets.flatMap((to) => staticImportsOf(to, seen)));
}

function findCycle(edges: readonly SourceImport[]): string[] {
  const next = groupByFile(edges);
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): string[] => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const { to } of next.get(file) ?? []) {
      const cycle = walk(to, [...trail, file]);
      if (cycle.length > 0) return cycle;
    }
    done.add(file);
    return [];
  };
  for (const file of next.keys()) {
    const cycle = walk(file, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

function groupByFile(edges: readonly SourceImport[]): Map<string, SourceImport[]> {
  const groups = new Map<string, SourceImport[]>();
  for (const edge of edges) groups.set(edge.from, [...(groups.get(edge.from) ?? []), edge]);
  return groups;
}
