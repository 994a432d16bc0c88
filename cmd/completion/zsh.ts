import {
  type CompletionCommand,
  type CompletionFlag,
  type CompletionModel,
  type Completes,
  type CompletionWord,
  commandsOfGroup,
} from "./model.ts";

/** The script for zsh, which may be a file of `fpath` or be sourced. */
export function zshScript(model: CompletionModel): string {
  const { commands, globalFlags, groups, firstWords } = model;
  const single = commands.filter(({ name }) => !name.includes(" "));
  return `#compdef configmanager
# Completion of configmanager for zsh. For this shell, behind compinit:
#   source <(configmanager completion zsh)
# For every shell, with this folder in fpath before compinit is called in ~/.zshrc: fpath=(~/.zsh/completions $fpath)
#   mkdir -p ~/.zsh/completions
#   configmanager completion zsh > ~/.zsh/completions/_configmanager

_configmanager_global=(
${globalFlags.map(flagSpec).join("")})

_configmanager() {
  local curcontext=$curcontext state line ret=1
  local -a words_of
  _arguments -C $_configmanager_global '1: :->command' '*:: :->rest' && ret=0
  case $state in
    command)
      words_of=(
${describe(firstWords, "        ")}      )
      _describe -t commands command words_of && ret=0 ;;
    rest)
      case $words[1] in
${single.map((command) => commandCase(command, "        ")).join("")}${groups.map(({ word }) => groupCase(model, word)).join("")}      esac ;;
  esac
  return ret
}

if [[ $funcstack[1] == _configmanager ]]; then
  _configmanager "$@"
else
  compdef _configmanager configmanager
fi
`;
}

function groupCase(model: CompletionModel, group: string): string {
  const commands = commandsOfGroup(model, group);
  return `        ${group})
          _arguments -C $_configmanager_global '1: :->command' '*:: :->rest' && ret=0
          case $state in
            command)
              words_of=(
${describe(
  commands.flatMap(({ words }) => words),
  "                ",
)}              )
              _describe -t commands command words_of && ret=0 ;;
            rest)
              case $words[1] in
${commands.map((command) => commandCase(command, "                ")).join("")}              esac ;;
          esac ;;
`;
}

function commandCase({ words, flags, operands }: CompletionCommand, indentation: string): string {
  const own = flags.map((flag) => `${indentation}    ${flagSpec(flag).trim()} \\\n`).join("");
  const operand = operands.kind === "nothing" ? "" : ` '*:operand:${actionOf(operands)}'`;
  return `${indentation}${words.map(({ word }) => word).join("|")})
${indentation}  _arguments \\
${own}${indentation}    $_configmanager_global${operand} && ret=0 ;;
`;
}

// `--flag=` and `-f+` take their value in the same word or in the next.
function flagSpec({ long, short, summary, value, repeats }: CompletionFlag): string {
  const takes = value === undefined ? "" : `:value:${actionOf(value)}`;
  const text = quote(`[${summary.replace(/[[\]:\\]/g, "\\$&")}]${takes}`);
  const spellings = [
    ...(short === undefined ? [] : [value === undefined ? short : `${short}+`]),
    value === undefined ? long : `${long}=`,
  ];
  const names = spellings.length === 1 ? spellings[0]! : `{${spellings.join(",")}}`;
  const excludes = repeats ? "'*'" : short === undefined ? "" : quote(`(${short} ${long})`);
  return `  ${excludes}${names}${text}\n`;
}

function actionOf(completes: Completes): string {
  if (completes.kind === "words") return `(${completes.words.join(" ")})`;
  return completes.kind === "files" ? "_files" : " ";
}

function describe(words: readonly CompletionWord[], indentation: string): string {
  return words
    .map(({ word, summary }) => `${indentation}${quote(`${word}:${summary.replace(/[:\\]/g, "\\$&")}`)}\n`)
    .join("");
}

function quote(text: string): string {
  return `'${text.replace(/'/g, "'\\''")}'`;
}
