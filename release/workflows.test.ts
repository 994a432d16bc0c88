import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { executablePlatforms } from "../authoring/index.ts";
import { root } from "../test/helpers/source-files.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly "timeout-minutes"?: number;
  readonly uses?: string;
  readonly needs?: string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  readonly strategy?: { readonly matrix: { readonly os?: readonly string[]; readonly node?: readonly string[] } };
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: { readonly group: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = join(root, ".github", "workflows");
const workflows = readdirSync(folder).map((file) => {
  const text = readFileSync(join(folder, file), "utf8");
  return [file, { text, workflow: parse(text) as Workflow }] as const;
});
const of = (file: string): Workflow => new Map(workflows).get(file)!.workflow;
const stepsOf = ({ jobs }: Workflow): readonly Step[] => Object.values(jobs).flatMap(({ steps = [] }) => steps);

describe.each(workflows)("the workflow %s", (_file, { text, workflow }) => {
  it("may read what is in the repository and nothing else, where a job does not say more", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
  });

  it("takes actions of others by commit, with the version beside it", () => {
    const wrong = [...text.matchAll(/uses: (.*)$/gm)]
      .map((match) => match[1]!)
      .filter((use) => !use.startsWith("./") && !/^[\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(use));
    expect(wrong).toEqual([]);
  });

  it("takes one commit of each action everywhere", () => {
    const all = workflows.flatMap(([, other]) => [...other.text.matchAll(/uses: ([\w-]+\/[\w-]+)@(\w+)/g)]);
    const commits = group(all);
    expect([...commits].filter(([, used]) => used.size > 1)).toEqual([]);
  });

  it("ends each job in time", () => {
    const endless = Object.entries(workflow.jobs).filter(
      ([, job]) => job.uses === undefined && !job["timeout-minutes"],
    );
    expect(endless).toEqual([]);
  });

  it("has one run at a time for a branch or tag", () => {
    expect(workflow.concurrency.group).toContain("${{ github.ref }}");
  });

  it("puts no expression into the text of a shell", () => {
    expect(stepsOf(workflow).filter(({ run }) => run?.includes("${{"))).toEqual([]);
  });

  it("leaves no credentials in a checkout", () => {
    const checkouts = stepsOf(workflow).filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    expect(checkouts.filter((step) => step.with?.["persist-credentials"] !== false)).toEqual([]);
  });
});

describe("CI", () => {
  it("runs the tests on three systems with each Node that is supported", () => {
    const { os = [], node = [] } = of("ci.yml").jobs["node"]!.strategy!.matrix;
    expect(os.map((name) => name.replace(/-.*/, ""))).toEqual(["ubuntu", "macos", "windows"]);
    expect(node).toEqual(["20.19", "22", "24"]);
  });

  it("uploads the executables that the release build makes, and takes each of them to a system of its own", () => {
    const { text } = new Map(workflows).get("ci.yml")!;
    const uploaded = [...text.matchAll(/path: dist\/release\/configmanager-([\w.-]+)/g)].map((match) => match[1]!);
    const made = executablePlatforms.map(({ name, extension }) => name + extension);
    expect(uploaded.filter((file) => !made.includes(file))).toEqual([]);
    const tested = [...text.matchAll(/platform: ([\w-]+)|name: (linux-amd64-musl), path: executable/g)];
    const names = tested.map((match) => match[1] ?? match[2]!).filter((name) => !name.startsWith("$"));
    expect(new Set(names)).toEqual(new Set(uploaded.map((file) => file.replace(/\.exe$/, ""))));
  });
});

describe("the release", () => {
  const { jobs } = of("release.yml");

  it("publishes nothing before the tests have passed and two builds are the same", () => {
    expect(jobs["publish"]!.needs).toEqual(["version", "tests", "build"]);
    for (const name of ["npm", "image"]) expect(jobs[name]!.needs).toContain("publish");
    const compare = jobs["publish"]!.steps!.findIndex(({ run }) => run?.includes("diff sums/"));
    const release = jobs["publish"]!.steps!.findIndex(({ run }) => run?.includes("gh release create"));
    expect(compare).toBeGreaterThan(0);
    expect(release).toBeGreaterThan(compare);
  });

  it("lets only the jobs that publish write, each what it publishes", () => {
    const writing = Object.entries(jobs).map(([name, { permissions = {} }]) => [
      name,
      Object.keys(permissions).filter((key) => permissions[key] === "write"),
    ]);
    expect(Object.fromEntries(writing)).toEqual({
      version: [],
      tests: [],
      build: [],
      publish: ["contents", "id-token", "attestations"],
      npm: ["id-token"],
      image: ["packages", "id-token", "attestations"],
    });
  });
});

describe("the image", () => {
  const lines = readFileSync(join(root, "Dockerfile"), "utf8").split("\n");
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));

  it("runs the program as a user who is not root", () => {
    expect(last[0]).toMatch(/^FROM gcr\.io\/distroless\/base-debian12:nonroot$/);
    expect(last.filter((line) => line.startsWith("USER "))).toEqual(["USER 65532:65532"]);
    expect(last).toContain('ENTRYPOINT ["configmanager"]');
    expect(last.filter((line) => line.startsWith("RUN "))).toEqual([]);
  });

  it("takes the executable of its own processor, and checks it", () => {
    const made = executablePlatforms.map(({ name }) => name);
    for (const arch of ["amd64", "arm64"]) expect(made).toContain(`linux-${arch}`);
    expect(lines.filter((line) => line.includes("sha256sum -c"))).toHaveLength(1);
  });

  it("is given each file that it takes, and no other", () => {
    const given = readFileSync(join(root, ".dockerignore"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("!"));
    const taken = lines
      .filter((line) => line.startsWith("COPY ") && !line.includes("--from=checked /configmanager"))
      .flatMap((line) => line.split(" ").slice(1, -1))
      .filter((word) => !word.startsWith("-") && !word.startsWith("/"))
      .flatMap((file) => ["amd64", "arm64"].map((arch) => file.replace("${TARGETARCH}", arch)));
    expect(new Set(given.map((line) => line.slice(1)))).toEqual(new Set(taken));
    expect(existsSync(join(root, "LICENSE"))).toBe(true);
  });
});

function group(uses: readonly RegExpMatchArray[]): Map<string, Set<string>> {
  const commits = new Map<string, Set<string>>();
  for (const [, name = "", commit = ""] of uses) commits.set(name, (commits.get(name) ?? new Set()).add(commit));
  return commits;
}
