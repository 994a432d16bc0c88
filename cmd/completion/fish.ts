import {
  type CompletionCommand,
  type CompletionFlag,
  type CompletionModel,
  type Completes,
  spellingsOf,
} from "./model.ts";

/** The script for fish 3 and later. */
export function fishScript({ commands, globalFlags, groups, firstWords }: CompletionModel): string {
  const withValues = globalFlags.filter(({ value }) => value !== undefined).flatMap(spellingsOf);
  return `# Completion of configmanager for fish. For this shell:
#   configmanager completion fish | source
# For every shell:
#   mkdir -p ~/.config/fish/completions
#   configmanager completion fish > ~/.config/fish/completions/configmanager.fish

# Whether the command before the cursor is one of these; "" is none yet.
function __configmanager_is
    set -l words
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case ${withValues.join(" ")}
                set skip 1
            case '-*'
            case '*'
                set -a words $word
        end
        test (count $words) -eq 1; and not contains -- "$words[1]" ${groups.map(({ word }) => word).join(" ")}; and break
        test (count $words) -eq 2; and break
    end
    contains -- "$words" $argv
end

complete -c configmanager -f
${firstWords.map(({ word, summary }) => `complete -c configmanager -n '__configmanager_is ""' -a ${word} -d ${quote(summary)}\n`).join("")}${groups
    .flatMap(({ word: group }) =>
      commands
        .filter(({ name }) => name.startsWith(`${group} `))
        .flatMap(({ words }) => words)
        .map(
          ({ word, summary }) =>
            `complete -c configmanager -n '__configmanager_is ${group}' -a ${word} -d ${quote(summary)}\n`,
        ),
    )
    .join("")}${globalFlags.map((flag) => flagLine("", flag)).join("")}${commands.map(commandLines).join("")}`;
}

function commandLines(command: CompletionCommand): string {
  const condition = conditionOf(command);
  const flags = command.flags.map((flag) => flagLine(condition, flag)).join("");
  const { operands } = command;
  if (operands.kind === "nothing") return flags;
  return `${flags}complete -c configmanager ${condition}${valueOf(operands)}\n`;
}

function flagLine(condition: string, { long, short, summary, value }: CompletionFlag): string {
  const names = `${short === undefined ? "" : `-s ${short.slice(1)} `}-l ${long.slice(2)}`;
  const takes =
    value === undefined
      ? ""
      : value.kind === "files"
        ? " -r -F"
        : ` -x${value.kind === "words" ? ` ${valueOf(value)}` : ""}`;
  return `complete -c configmanager ${condition}${names}${takes} -d ${quote(summary)}\n`;
}

function valueOf(completes: Completes): string {
  return completes.kind === "words" ? `-a '${completes.words.join(" ")}'` : "-F";
}

function conditionOf({ name, words }: CompletionCommand): string {
  const [group, second] = name.split(" ");
  const names = words.map(({ word }) => (second === undefined ? word : `"${group} ${word}"`));
  return `-n '__configmanager_is ${names.join(" ")}' `;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
