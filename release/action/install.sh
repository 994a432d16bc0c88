#!/usr/bin/env bash
# A step of action.yml: installs the program into a folder of the job and puts that into PATH for the steps that follow.
set -euo pipefail

version=$CM_VERSION
# `uses: OWNER/configmanager@v1.2.3` means that version; a branch or a commit means the latest.
if [[ -z $version && $CM_ACTION_REF =~ ^v[0-9]+\.[0-9]+\.[0-9]+ ]]; then version=$CM_ACTION_REF; fi
base=$CM_BASE_URL
if [[ -z $base ]]; then
  if [[ -z $CM_ACTION_REPOSITORY ]]; then
    echo "::error::it is not known where the releases are: set the input base-url"
    exit 1
  fi
  base=${GITHUB_SERVER_URL:-https://github.com}/$CM_ACTION_REPOSITORY/releases
fi

folder=$RUNNER_TEMP/configmanager/bin
arguments=(--base "$base" --dir "$folder")
if [[ -n $version ]]; then arguments+=(--version "$version"); fi
sh "$GITHUB_ACTION_PATH/release/install.sh" "${arguments[@]}"

program=$folder/configmanager
if [[ -f $program.exe ]]; then program=$program.exe; fi
installed=$("$program" --version)
# The runner reads paths of its own system, not of the shell's.
if command -v cygpath >/dev/null; then folder=$(cygpath -w "$folder") program=$(cygpath -m "$program"); fi
echo "$folder" >>"$GITHUB_PATH"
{
  echo "version=$installed"
  echo "path=$program"
} >>"$GITHUB_OUTPUT"
