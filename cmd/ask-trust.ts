/** The question whether a folder is trusted. Called by `run.ts` for the facade, when a run needs what the folder brings along. */
import type { BroughtAlong, TrustAnswer } from "../configmanager.ts";
import { escapeControls } from "../internal/errors/redact.ts";
import type { Io } from "./io.ts";
import { broughtAlongText } from "./views/brought-along.ts";

const answers: Readonly<Record<string, TrustAnswer>> = {
  y: "once",
  yes: "once",
  a: "always",
  always: "always",
  n: "no",
  no: "no",
  "": "no",
};

/** Asks until there is an answer; nothing at all is a no. Undefined where nobody can be asked. */
export async function askTrust(
  brought: BroughtAlong,
  { readAnswer }: Pick<Io, "readAnswer">,
): Promise<TrustAnswer | undefined> {
  const choices = "Use it? y: in this run, a: always, n: no [n] ";
  let question = `${escapeControls(brought.folder)} is not trusted, and brings along what runs with your rights:\n${broughtAlongText(brought)}${choices}`;
  for (;;) {
    const line = await readAnswer(question);
    if (line === undefined) return undefined;
    const answer = answers[line.trim().toLowerCase()];
    if (answer !== undefined) return answer;
    question = "Write y, a or n: ";
  }
}
