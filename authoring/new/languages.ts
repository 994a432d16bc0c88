import type { templates } from "./templates.gen.ts";

/** What a plugin can be written in. */
export type PluginLanguage = keyof typeof templates;

/** A kind of project, for people. */
export interface LanguageGuide {
  readonly title: string;
  /** Its files, and folders with a `/` at the end, with what each is for; empty where its name says it. */
  readonly parts: readonly (readonly [path: string, meaning: string])[];
  /** What to type next, in the folder of the project. */
  readonly nextSteps: readonly (readonly [line: string, meaning: string])[];
}

/** What there is to know of a project in each language. */
export const languageGuides: Readonly<Record<PluginLanguage, LanguageGuide>> = {
  ts: {
    title: "TypeScript",
    parts: [
      ["src/store.ts", "the store: an example, to be replaced by yours"],
      ["src/store.test.ts", "what it promises, and the contract of every store"],
      ["src/main.ts", "serves it"],
      ["example.yaml", "tokens to try"],
      ["values.json", "the values of the example"],
      [".github/workflows/", "tests on each push; a release for each tag v*"],
      ["README.md", "how to build, test, release and install it"],
      ["package.json", ""],
      ["tsconfig.json", ""],
      [".gitignore", ""],
    ],
    nextSteps: [
      ["npm install", ""],
      ["npm test", ""],
      ["npm run example", "builds the plugin, and resolves example.yaml through it"],
    ],
  },
  go: {
    title: "Go",
    parts: [
      ["store.go", "the store: an example, to be replaced by yours"],
      ["store_test.go", "what it promises"],
      ["main.go", "starts the plugin"],
      ["server.go", "takes the calls of the host"],
      ["tokenstorepb/", "the service, and the code that is generated of it"],
      ["example.yaml", "tokens to try"],
      ["values.json", "the values of the example"],
      [".github/workflows/", "tests on each push; a release for each tag v*"],
      ["README.md", "how to build, test, release and install it"],
      ["Makefile", ""],
      ["go.mod", ""],
      ["go.sum", ""],
      [".gitignore", ""],
    ],
    nextSteps: [
      ["go test ./...", ""],
      ["make build", "builds the plugin to where configmanager looks for it"],
      ["configmanager render example.yaml", ""],
    ],
  },
};
