#!/usr/bin/env bash
# A step of action.yml: renders files. The program masks each value in the log before anything else is printed.
set -euo pipefail

# Appends each line of $1 that is not empty to the array `lines`; an argument is a whole line, whatever is in it.
lines=()
take_lines() {
  lines=()
  local line
  while IFS= read -r line || [[ -n $line ]]; do
    line=${line%$'\r'}
    line="${line#"${line%%[![:space:]]*}"}"
    line="${line%"${line##*[![:space:]]}"}"
    if [[ -n $line ]]; then lines+=("$line"); fi
  done <<<"$1"
}

take_lines "$CM_FILES"
if [[ ${#lines[@]} -eq 0 ]]; then exit 0; fi
files=("${lines[@]}")

outputs=()
if [[ -n $CM_OUTPUT ]]; then outputs+=("--output=$CM_OUTPUT"); fi
if [[ -n $CM_OUT_DIR ]]; then outputs+=("--out-dir=$CM_OUT_DIR"); fi
case $CM_IN_PLACE in
  true) outputs+=(--in-place) ;;
  false | '') ;;
  *)
    echo "::error::the input in-place is true or false"
    exit 1
    ;;
esac
# Standard output is the log: values under four characters are not masked there.
if [[ ${#outputs[@]} -ne 1 ]]; then
  echo "::error::say where the rendered files go by one of the inputs output, out-dir and in-place"
  exit 1
fi

take_lines "$CM_ARGS"
# An empty array is unset for the bash of macOS.
"$CM_PROGRAM" render "${outputs[@]}" ${lines[@]+"${lines[@]}"} -- "${files[@]}"
