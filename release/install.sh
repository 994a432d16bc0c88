#!/bin/sh
# Installs the program configmanager from a release: downloads the executable for this system, checks it against the
# release's SHA256SUMS, and puts it in place. Nothing is run that was not checked, and nothing is asked of sudo.
#
#   curl -fsSL ADDRESS/install.sh | sh
#   curl -fsSL ADDRESS/install.sh | sh -s -- --version 1.2.3 --dir /usr/local/bin
#
# The braces around everything make a download that was cut off a syntax error: a shell runs all of it or nothing.
{
set -u

# The release build writes its address here.
default_base=''

usage() {
  cat <<'EOF'
Usage: install.sh [--version VERSION] [--dir DIR] [--base URL] [--libc glibc|musl]

  --version VERSION  such as 1.2.3; the latest release unless given
  --dir DIR          where to put the program; else $CONFIGMANAGER_INSTALL_DIR, else ~/.local/bin
  --base URL         where the releases are, such as https://github.com/OWNER/configmanager/releases;
                     else $CONFIGMANAGER_INSTALL_BASE
  --libc NAME        on Linux: which executable, when the wrong one is chosen
EOF
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  shift
  for hint in "$@"; do printf '  %s\n' "$hint" >&2; done
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# Sets $platform to <os>-<arch>, with -musl behind it where that is the C library, and $extension.
find_platform() {
  os=$(uname -s) arch=$(uname -m) extension=''
  if [ -z "$os" ] || [ -z "$arch" ]; then fail "uname does not say what system this is"; fi
  case $os in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    MINGW* | MSYS* | CYGWIN*) os=windows extension=.exe ;;
    *) fail "there is no executable for $os" "Use npm: npm install --global configmanager" ;;
  esac
  case $arch in
    x86_64 | amd64) arch=amd64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "there is no executable for $arch" "Use npm: npm install --global configmanager" ;;
  esac
  # A shell that Rosetta translates is told that the processor is Intel's.
  if [ "$os" = darwin ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then arch=arm64; fi
  platform=$os-$arch
  if [ "$os" = linux ]; then
    [ -n "$libc" ] || find_libc
    [ "$libc" = glibc ] || platform=$platform-musl
  fi
}

# By the loader that an executable names: a system may have parts of both libraries.
find_libc() {
  case $arch in
    amd64) loader=/lib64/ld-linux-x86-64.so.2 musl=/lib/ld-musl-x86_64.so.1 ;;
    *) loader=/lib/ld-linux-aarch64.so.1 musl=/lib/ld-musl-aarch64.so.1 ;;
  esac
  if [ -e "$loader" ]; then
    libc=glibc
  elif [ -e "$musl" ]; then
    libc=musl
  else
    fail "this system has neither $loader nor $musl" "Use npm: npm install --global configmanager" "or say which executable to take: --libc glibc, --libc musl"
  fi
}

# download URL FILE; with a third word, and on a terminal, it shows how far it is
download() {
  if has curl; then
    # A redirect must not lead from https:// to anything else.
    protocols='=https'
    case $base in http://*) protocols='=http,https' ;; esac
    progress=--silent
    if [ $# -gt 2 ] && [ -t 2 ]; then progress=--progress-bar; fi
    curl --fail --location --show-error "$progress" --proto "$protocols" --connect-timeout 20 --retry 2 --output "$2" "$1"
  elif has wget; then
    if wget --version 2>/dev/null | grep -q GNU; then
      wget -q --tries=2 --connect-timeout=20 -O "$2" "$1"
    else
      wget -q -O "$2" "$1"
    fi
  else
    fail "there is neither curl nor wget to download with" "Install one of them."
  fi
}

# Prints the SHA-256 of a file.
sha256() {
  if has sha256sum; then
    sha256sum <"$1" | cut -d ' ' -f 1
  elif has shasum; then
    shasum -a 256 <"$1" | cut -d ' ' -f 1
  elif has openssl; then
    openssl dgst -sha256 -r <"$1" | cut -d ' ' -f 1
  else
    fail "there is neither sha256sum, shasum nor openssl to check the download with" "Install one of them."
  fi
}

# shellcheck disable=SC2329 # called by trap
clean_up() {
  [ -z "$new" ] || rm -f "$new"
  [ -z "$sums" ] || rm -f "$sums"
}

main() {
  version='' libc='' new='' sums=''
  dir=${CONFIGMANAGER_INSTALL_DIR:-}
  base=${CONFIGMANAGER_INSTALL_BASE:-$default_base}
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage; exit 0 ;;
      --version | --dir | --base | --libc) [ $# -ge 2 ] && [ -n "$2" ] || fail "$1 needs a value" "See --help." ;;
      *) fail "there is no option \"$1\"" "See --help." ;;
    esac
    case $1 in
      --version) version=${2#v} ;;
      --dir) dir=$2 ;;
      --base) base=$2 ;;
      --libc) libc=$2 ;;
    esac
    shift 2
  done
  case $libc in '' | glibc | musl) ;; *) fail "--libc is glibc or musl, not \"$libc\"" ;; esac
  case $version in *[!0-9A-Za-z.+-]*) fail "\"$version\" is no version" "Write it like 1.2.3." ;; esac
  base=${base%/}
  case $base in
    https://?* | http://?*) ;;
    '') fail "it is not known where the releases are" "Say it with --base URL." ;;
    *) fail "the address of the releases does not begin with https://: \"$base\"" ;;
  esac
  if [ -z "$dir" ]; then
    [ -n "${HOME:-}" ] || fail "HOME is not set" "Say with --dir where to put the program."
    dir=$HOME/.local/bin
  fi
  find_platform

  file=configmanager-$platform$extension
  if [ -n "$version" ]; then from=$base/download/v$version; else from=$base/latest/download; fi
  target=$dir/configmanager$extension
  mkdir -p "$dir" 2>/dev/null || fail "the folder \"$dir\" cannot be made" "Choose another with --dir."
  [ ! -d "$target" ] || fail "\"$target\" is a folder" "Choose another place with --dir."
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # Beside the target, so that it is put in place by a rename.
  new=$(mktemp "$dir/.configmanager.XXXXXX" 2>/dev/null) || fail "the folder \"$dir\" cannot be written to" "Choose another with --dir, or run this as a user who may write there."
  # Windows runs nothing without that ending.
  if [ -n "$extension" ]; then mv "$new" "$new$extension" && new=$new$extension; fi
  sums=$(mktemp "$dir/.configmanager.XXXXXX") || exit 1

  download "$from/SHA256SUMS" "$sums" || fail "$from/SHA256SUMS could not be downloaded" "Is there such a release, and is the network as it should be?"
  expected=$(awk -v name="$file" '$2 == name || $2 == "*" name { print tolower($1) }' "$sums")
  case $expected in *[!0-9a-f]* | '') fail "the release has no checksum of $file" "See the files of the release: there may be none for this system." ;; esac
  [ "${#expected}" -eq 64 ] || fail "the release's checksum of $file is not one of SHA-256"
  printf 'downloading %s\n' "$from/$file" >&2
  download "$from/$file" "$new" progress || fail "$from/$file could not be downloaded"
  actual=$(sha256 "$new") || exit 1
  [ "$actual" = "$expected" ] || fail "the download is not what the release says, and was thrown away" "expected sha256:$expected" "received sha256:$actual" "Try again; if it stays so, tell the maintainers."

  chmod 755 "$new" || fail "\"$new\" cannot be made executable"
  missing="Is a library missing?"
  [ "$libc" != musl ] || missing="It needs libstdc++; on Alpine: apk add libstdc++"
  installed=$("$new" --version 2>&1) || fail "the executable for $platform does not run on this system, and was not installed:" "$installed" "$missing" "Use npm: npm install --global configmanager"
  mv -f "$new" "$target" || fail "\"$target\" cannot be replaced"
  new=''
  printf 'installed configmanager %s as %s\n' "$installed" "$target" >&2
  # shellcheck disable=SC2016 # that $PATH is for the reader's shell
  case ":${PATH:-}:" in
    *":$dir:"*) ;;
    *) printf 'that folder is not in PATH; add it: export PATH="%s:$PATH"\n' "$dir" >&2 ;;
  esac
}

main "$@"
exit
}
