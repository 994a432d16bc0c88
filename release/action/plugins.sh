#!/usr/bin/env bash
# A step of action.yml: installs the plugins that the lock names, and no others.
set -euo pipefail

case $CM_PLUGINS in
  true) ;;
  false) exit 0 ;;
  auto) if [[ ! -f .configmanager/plugins.lock.json ]]; then exit 0; fi ;;
  *)
    echo "::error::the input plugins is true, false or auto"
    exit 1
    ;;
esac
"$CM_PROGRAM" plugin install --locked
