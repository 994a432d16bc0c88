import { contextsOf, type EscapeContext, own } from "./context.ts";

// Each prints one value, with a NUL behind it.
const shell = contextsOf("shell", (printed) => printed);

// dash loses a byte beyond ASCII behind a beginning of the delimiter.
function hasDelimiter(value = ""): boolean {
  return /^EOF$|^E(OF?| F?)?[^\0-\u007f]/m.test(value);
}

/** Scripts for any POSIX shell. */
export const shellContexts: readonly EscapeContext[] = [
  shell("printf '%s\\0' §0", own),
  shell("printf '%s\\0' a§0z # it's", (value = "") => `a${value}z`),
  shell("K=§0; printf '%s\\0' \"$K\"", own),
  shell("export K=x:§0\nprintf '%s\\0' \"${K}\"", (value = "") => `x:${value}`),
  shell("for K in §0 b; do printf '%s\\0' \"$K\"; break; done", own),
  shell("case §0 in \"§0\") printf '%s\\0' '§0';; esac", own),
  shell('K="§0"; printf \'%s\\0\' "$K"', own),
  shell('printf \'%s\\0\' "a \\"§0 ${UNSET:-"x"}" >&1', (value = "") => `a "${value} x`),
  shell("printf '%s\\0' \"\\$§0\"", (value = "") => `$${value}`),
  shell("printf '%s\\0' '§0'", own),
  shell("printf '%s\\0' 'it'\\''s §0'", (value = "") => `it's ${value}`),
  shell("K=$(printf '%sx' '§0'); printf '%s\\0' \"${K%x}\"", own),
  shell("K=\"$(printf '%sx' §0)\"; printf '%s\\0' \"${K%x}\"", own),
  shell("cat <<'EOF'\n§0\nEOF\nprintf '\\0'", (value = "") => `${value}\n`, hasDelimiter),
  shell("cat <<EOF && printf '\\0'\na §0 \\$\nEOF", (value = "") => `a ${value} $\n`, hasDelimiter),
  shell(
    "\tcat <<-\"E F\" | cat\n\t\ta §0\n\tE F\nprintf '\\0'",
    (value = "") => `a ${value}\n`,
    (value = "") => /\n\t|E F/.test(value) || hasDelimiter(value),
  ),
  shell(
    "# it's §0\nprintf '\\0'",
    () => "",
    (value = "") => /[^ -~]/.test(value),
  ),
];

/** Scripts for bash. */
export const bashContexts: readonly EscapeContext[] = [
  ...shellContexts,
  shell("printf '%s\\0' $'a\\'§0'", (value = "") => `a'${value}`),
  shell("K=([0]=§0 b); printf '%s\\0' \"${K[0]}\"", own),
  shell("[[ \"§0\" == §0 ]] && printf '%s\\0' §0", own),
  shell("cat <<< \"§0\"; printf '\\0'", (value = "") => `${value}\n`),
];
