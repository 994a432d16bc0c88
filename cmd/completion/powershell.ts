import {
  type CompletionFlag,
  type CompletionModel,
  type Completes,
  type CompletionWord,
  spellingsOf,
} from "./model.ts";

/** The script for PowerShell 5 and later. */
export function powershellScript(model: CompletionModel): string {
  const { globalFlags, groups } = model;
  const groupNames = groups.map(({ word }) => quote(word)).join(", ");
  return `# Completion of configmanager for PowerShell. For this shell:
#   configmanager completion powershell | Out-String | Invoke-Expression
# For every shell:
#   configmanager completion powershell >> $PROFILE

Register-ArgumentCompleter -Native -CommandName configmanager -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $globalFlags = @(
${globalFlags.map((flag) => flagLine(flag, "    ")).join("")}  )
  $commands = @{
${linesOf(model)}  }
  $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  $command = ''
  for ($i = 1; $i -lt $words.Count; $i++) {
    $word = $words[$i]
    if ($word.StartsWith('-')) {
      if ($globalFlags | Where-Object { $_.Value -and $_.Names -contains $word }) { $i++ }
    } elseif ($command -eq '') {
      $command = $word
    } elseif (@(${groupNames}) -contains $command) {
      $command = "$command $word"
    }
  }
  $known = $commands[$command]
  $flags = @($globalFlags) + @($known.Flags)
  $previous = if ($words.Count -gt 1) { $words[-1] } else { '' }
  $flag = $flags | Where-Object { $_.Value -and $_.Names -contains $previous } | Select-Object -First 1
  if ($flag) {
    # Nothing is returned for a file: the shell completes it by itself.
    $candidates = @($flag.Words)
  } elseif ($wordToComplete.StartsWith('-')) {
    $candidates = @($flags | ForEach-Object { $_.Names })
  } else {
    $candidates = @($known.Words)
  }
  $candidates | Where-Object { $_ -and $_.StartsWith($wordToComplete) } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
}

function linesOf({ commands, groups, firstWords }: CompletionModel): string {
  const texts = (words: readonly CompletionWord[]): readonly string[] => words.map(({ word }) => word);
  return [
    entry("", [], texts(firstWords)),
    ...groups.map(({ word: group }) => {
      const own = commands.filter(({ name }) => name.startsWith(`${group} `));
      return entry(
        group,
        [],
        own.flatMap(({ words }) => texts(words)),
      );
    }),
    ...commands.flatMap(({ name, words, flags, operands }) => {
      const group = name.includes(" ") ? `${name.split(" ")[0]} ` : "";
      return texts(words).map((word) => entry(group + word, flags, wordsOf(operands)));
    }),
  ].join("");
}

function entry(name: string, flags: readonly CompletionFlag[], words: readonly string[]): string {
  const inner = flags.map((flag) => flagLine(flag, "        ")).join("");
  return `    ${quote(name)} = @{
      Flags = @(
${inner}      )
      Words = @(${words.map(quote).join(", ")})
    }
`;
}

function flagLine(flag: CompletionFlag, indentation: string): string {
  const { value } = flag;
  const names = spellingsOf(flag).map(quote).join(", ");
  const words = value === undefined ? "" : wordsOf(value).map(quote).join(", ");
  return `${indentation}@{ Names = @(${names}); Value = $${value !== undefined}; Words = @(${words}) }\n`;
}

function wordsOf(completes: Completes): readonly string[] {
  return completes.kind === "words" ? completes.words : [];
}

function quote(text: string): string {
  return `'${text.replace(/'/g, "''")}'`;
}
