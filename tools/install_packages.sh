#!/usr/bin/env bash
# install_packages.sh PURPOSE...: installs the Debian packages of tools/packages/PURPOSE.txt that are missing.
# Asks dpkg only, and touches no network, when none is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
for purpose in "$@"; do
  list="$here/packages/$purpose.txt"
  [ -f "$list" ] || { echo "install_packages.sh: no list $list" >&2; exit 2; }
  while read -r package command _; do
    case "$package" in '' | '#'*) continue ;; esac
    if [ -n "${command:-}" ] && command -v "$command" >/dev/null 2>&1; then continue; fi
    installed "$package" || missing+=("$package")
  done <"$list"
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=(env)
elif command -v sudo >/dev/null 2>&1; then
  as_root=(sudo env)
else
  echo "These Debian packages are missing; install them as root, then repeat:" >&2
  echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "installing Debian packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
