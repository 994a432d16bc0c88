import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { templatesModule } from "../../scripts/embed-templates.mjs";
import { readSource, root } from "../../test/helpers/source-files.ts";
import { languageGuides, type PluginLanguage } from "./languages.ts";
import { templates } from "./templates.gen.ts";

const languages: readonly PluginLanguage[] = ["ts", "go"];

it("the embedded templates are those of the folder: npm run generate", () => {
  expect(readSource("authoring/new/templates.gen.ts") === templatesModule()).toBe(true);
});

it("the code that is generated of the service is the conformance tests', as is the list of modules", () => {
  const conformance = join(root, "test", "conformance", "go");
  for (const path of ["tokenstorepb/token_store.pb.go", "tokenstorepb/token_store_grpc.pb.go", "go.sum"]) {
    expect(templates.go[path]).toBe(readFileSync(join(conformance, path), "utf8"));
  }
  expect(templates.go["tokenstorepb/token_store.proto"]).toBe(readSource("proto/proto/token_store.proto"));
});

it("the tools of a project are those that this project is tested with", () => {
  interface Manifest {
    readonly devDependencies: Record<string, string>;
    readonly engines: unknown;
  }
  const own = JSON.parse(readSource("package.json")) as Manifest;
  const { devDependencies, engines } = JSON.parse(templates.ts["package.json"]!) as Manifest;
  const { configmanager, ...tools } = devDependencies;
  expect(own.devDependencies).toMatchObject(tools);
  expect(engines).toEqual(own.engines);
  expect(configmanager).toBe("^__VERSION__");
});

describe.each(languages)("the template in %s", (language) => {
  const files = templates[language];

  it("has no placeholder but the three", () => {
    const found = Object.values(files).flatMap((text) => text.match(/__[A-Z]+__/g) ?? []);
    expect([...new Set(found)].toSorted()).toEqual(["__NAME__", "__PREFIX__", "__VERSION__"]);
  });

  it("is called by its prefix in the README", () => {
    expect(files["README.md"]).toMatch(/^# __PREFIX__: /);
  });

  it("is made of the files that the guide tells of", () => {
    const { parts } = languageGuides[language];
    const isPart = (file: string): boolean =>
      parts.some(([path]) => file === path || (path.endsWith("/") && file.startsWith(path)));
    expect(Object.keys(files).filter((file) => !isPart(file))).toEqual([]);
    const isThere = (path: string): boolean => Object.keys(files).some((file) => file.startsWith(path));
    expect(parts.filter(([path]) => !isThere(path))).toEqual([]);
  });

  it("names in its README no file that is not there", () => {
    const named = [...files["README.md"]!.matchAll(/`([\w./-]+\.(?:ts|go|json|ya?ml))`/g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(1);
    const ownLater = new Set(["package-lock.json"]);
    expect(named.filter((file) => !ownLater.has(file) && !Object.hasOwn(files, file))).toEqual([]);
  });
});

interface Workflow {
  readonly on: { readonly push: { readonly tags?: readonly string[]; readonly branches?: readonly string[] } };
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
    readonly env?: Readonly<Record<string, string>>;
  }[];
}

describe.each(languages)("the workflows in %s", (language) => {
  const workflow = (name: string): Workflow => parse(templates[language][`.github/workflows/${name}.yml`]!) as Workflow;
  const [ci, release] = [workflow("ci"), workflow("release")];
  const [test, publish] = [ci.jobs["test"]!, release.jobs["release"]!];
  const commands = ({ steps }: Job): readonly string[] => steps.flatMap(({ run }) => run ?? []);

  it("may read, and the job that releases write", () => {
    expect(ci.permissions).toEqual({ contents: "read" });
    expect(release.permissions).toEqual({});
    expect([test.permissions, publish.permissions]).toEqual([undefined, { contents: "write" }]);
  });

  it("use GitHub's own actions alone, each of an exact version, and keep no credentials in the checkout", () => {
    const steps = [...test.steps, ...publish.steps].filter(({ uses }) => uses !== undefined);
    expect(steps.length).toBeGreaterThanOrEqual(4);
    for (const { uses, with: inputs } of steps) {
      expect(uses).toMatch(/^actions\/[a-z-]+@v\d+\.\d+\.\d+$/);
      if (uses!.startsWith("actions/checkout@")) expect(inputs).toEqual({ "persist-credentials": false });
    }
  });

  it("test on each push and pull request, and release what a tag names", () => {
    expect(ci.on).toEqual({ push: { branches: ["main"] }, pull_request: null });
    expect(release.on).toEqual({ push: { tags: ["v*"] } });
    for (const job of [test, publish])
      expect(commands(job).join("\n")).toMatch(
        /^npx .*configmanager\S* plugin test \S+ --token greeting --missing farewell$/m,
      );
  });

  it("release executables of all platforms with their checksums, when everything before has passed", () => {
    const all = commands(publish);
    const built = all.findIndex((line) => /plugin build --platform all$|^make dist$/.test(line));
    expect(built).toBeGreaterThan(0);
    expect(all.slice(built + 1).map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
      expect.stringMatching(/^npx /),
      "sha256sum --check --strict",
      "gh release create",
    ]);
    expect(all.at(-1)).toBe(
      'gh release create "$GITHUB_REF_NAME" dist/__NAME__-* dist/SHA256SUMS --verify-tag --generate-notes',
    );
    expect(publish.steps.at(-1)!.env).toEqual({ GH_TOKEN: "${{ github.token }}" });
  });

  it("put nothing of an event into a shell", () => {
    for (const line of [...commands(test), ...commands(publish)]) expect(line).not.toContain("${{");
  });
});

it("a release in Go has the six platforms under the names that hosts look for", () => {
  const platforms = /^platforms := (.*)$/m.exec(templates.go["Makefile"]!)![1]!.split(" ");
  expect(platforms.toSorted()).toEqual(
    ["darwin", "linux", "windows"].flatMap((os) => ["amd64", "arm64"].map((arch) => `${os}-${arch}`)),
  );
});
