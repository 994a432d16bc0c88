/**
 * `plugin new`: a project for a plugin's author, made from the templates beside this file, whole or not at all. Not for building
 * or testing it. Called by `cmd`.
 */
import { type LanguageGuide, languageGuides, type PluginLanguage } from "./languages.ts";
import { type PluginName, parsePluginName } from "./plugin-name.ts";
import { placeProject } from "./place-project.ts";
import { templates } from "./templates.gen.ts";

/** What is made, and where. */
export interface NewPluginOptions {
  /** The plugin's name in lower case, or its prefix in upper case. */
  readonly name: string;
  readonly language: PluginLanguage;
  /** The folder of the project; one of the plugin's name in `cwd` unless set. Relative to `cwd`. */
  readonly dir?: string | undefined;
  /** Absolute. */
  readonly cwd: string;
  /** The program's own; the project asks for this or a later one. */
  readonly version: string;
  readonly signal?: AbortSignal | undefined;
}

/** A project that was made. */
export interface NewPlugin extends PluginName {
  /** As it was given, else relative to `cwd`. */
  readonly dir: string;
  readonly guide: LanguageGuide;
}

/**
 * Makes the project. Throws CM_USAGE for a name that cannot be one, CM_OUTPUT_UNWRITABLE when the folder holds something
 * already or cannot be written to; then nothing is left of it.
 */
export async function createPluginProject(options: NewPluginOptions): Promise<NewPlugin> {
  const { language, cwd, version, signal } = options;
  const { name, prefix } = parsePluginName(options.name);
  const dir = options.dir ?? name;
  const words = { NAME: name, PREFIX: prefix, VERSION: version };
  const files = Object.entries(templates[language]).map(([path, text]) => [path, fillIn(text, words)] as const);
  await placeProject(files, { dir, cwd, signal });
  return { name, prefix, dir, guide: languageGuides[language] };
}

function fillIn(text: string, words: Readonly<Record<"NAME" | "PREFIX" | "VERSION", string>>): string {
  return text.replace(/__(NAME|PREFIX|VERSION)__/g, (_placeholder, word: keyof typeof words) => words[word]);
}
