import {
  type CompletionCommand,
  type CompletionFlag,
  type CompletionModel,
  type Completes,
  commandsOfGroup,
  spellingsOf,
} from "./model.ts";

/** The script for bash 3.2 and later; it needs nothing of the package `bash-completion`. */
export function bashScript(model: CompletionModel): string {
  const { commands, globalFlags, groups, firstWords } = model;
  const withValues = globalFlags.filter(({ value }) => value !== undefined).flatMap(spellingsOf);
  return `# Completion of configmanager for bash. For this shell:
#   source <(configmanager completion bash)
# For every shell, where the package bash-completion is installed:
#   mkdir -p ~/.local/share/bash-completion/completions
#   configmanager completion bash > ~/.local/share/bash-completion/completions/configmanager
# or without it:
#   configmanager completion bash > ~/.configmanager-completion.bash
#   echo 'source ~/.configmanager-completion.bash' >> ~/.bashrc

_configmanager_words() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$cur")
}

_configmanager_files() {
  local file
  COMPREPLY=()
  while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$cur")
  compopt -o filenames 2>/dev/null
}

_configmanager() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev= command= flags= word i
  COMPREPLY=()
  if (( COMP_CWORD > 0 )); then prev=\${COMP_WORDS[COMP_CWORD-1]}; fi
  # A flag with its value behind an equals sign is three words.
  if [[ $cur == "=" ]]; then
    cur=
  elif [[ $prev == "=" ]] && (( COMP_CWORD > 1 )); then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for (( i = 1; i < COMP_CWORD; i++ )); do
    word=\${COMP_WORDS[i]}
    case $word in
      ${withValues.join("|")})
        if [[ \${COMP_WORDS[i+1]} == "=" ]]; then (( i += 2 )); else (( i += 1 )); fi ;;
      -*) ;;
      *)
        case $command in
          "") command=$word ;;
${groups.map(({ word }) => `          ${word}) command="${word} $word" ;;\n`).join("")}        esac ;;
    esac
  done
  case $prev in
${globalFlags.map((flag) => valueCase(flag, "    ")).join("")}  esac
  case $command in
${commands.map(commandCase).join("")}  esac
  if [[ $cur == -* ]]; then
    _configmanager_words "$flags ${wordsOf(globalFlags)}"
    return
  fi
  case $command in
    "") _configmanager_words "${firstWords.map(({ word }) => word).join(" ")}" ;;
${groups
  .map(
    ({ word }) =>
      `    ${word}) _configmanager_words "${commandsOfGroup(model, word)
        .flatMap(({ words }) => words.map((each) => each.word))
        .join(" ")}" ;;\n`,
  )
  .join("")}${commands.map(operandCase).join("")}  esac
}

complete -F _configmanager configmanager
`;
}

function commandCase(command: CompletionCommand): string {
  if (command.flags.length === 0) return "";
  const values = command.flags.map((flag) => valueCase(flag, "        ")).join("");
  return `    ${patternOf(command)})
      flags="${wordsOf(command.flags)}"
${values === "" ? "" : `      case $prev in\n${values}      esac\n`}      ;;
`;
}

function operandCase(command: CompletionCommand): string {
  const action = actionOf(command.operands);
  return action === "" ? "" : `    ${patternOf(command)}) ${action} ;;\n`;
}

function valueCase(flag: CompletionFlag, indentation: string): string {
  if (flag.value === undefined) return "";
  const action = actionOf(flag.value);
  return `${indentation}${spellingsOf(flag).join("|")}) ${action === "" ? "" : `${action}; `}return ;;\n`;
}

function actionOf(completes: Completes): string {
  if (completes.kind === "words") return `_configmanager_words "${completes.words.join(" ")}"`;
  return completes.kind === "files" ? "_configmanager_files" : "";
}

// Every name of a command; of one of a group with the group's.
function patternOf({ name, words }: CompletionCommand): string {
  const [group, second] = name.split(" ");
  return words.map(({ word }) => (second === undefined ? word : `"${group} ${word}"`)).join("|");
}

function wordsOf(flags: readonly CompletionFlag[]): string {
  return flags.flatMap(spellingsOf).join(" ");
}
