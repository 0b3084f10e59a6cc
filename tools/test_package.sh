#!/usr/bin/env bash
# test_package.sh DIST: installs the .deb of DIST into a clean Debian 12 root and unpacks the tarball into another place
# there; each must print its version and answer a query, and the .deb must go away cleanly. Needs root, or runs itself
# under sudo. The base of the clean root is kept in ${DPLAKE_DEPS:-~/.cache/dplake} for the next run.
set -euo pipefail
dist=$(cd "${1:?usage: test_package.sh DIST}" && pwd)
deps=${DPLAKE_DEPS:-$HOME/.cache/dplake}
if [ "$(id -u)" -ne 0 ]; then exec sudo env DPLAKE_DEPS="$deps" "$0" "$dist"; fi

base="$deps/debian-12-root.tar"
mirror=${DEBIAN_MIRROR:-}  # empty: the mirror that debootstrap itself uses
root=$(mktemp -d)
chmod 0755 "$root"
leave() {
  if mountpoint -q "$root/proc"; then umount "$root/proc"; fi
  rm -rf "$root"
}
trap leave EXIT

if [ ! -f "$base" ]; then
  echo "making a clean Debian 12 root"
  debootstrap --variant=minbase bookworm "$root" ${mirror:+"$mirror"} >/dev/null
  mkdir -p "$deps"
  tar -C "$root" -cf "$base.new" . && mv "$base.new" "$base"
else
  tar -C "$root" -xf "$base"
fi
cp /etc/resolv.conf "$root/etc/resolv.conf"
# This machine's way to its Debian mirror (proxy, certificates) is the clean root's way too.
cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
mount -t proc proc "$root/proc"
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C "$@"; }

answers() {  # answers BINARY DATA: its version, and a table that one process makes and another reads
  local binary=$1 data=$2
  inside "$binary" --version
  inside "$binary" sql --data "$data" -c "CREATE TABLE t AS SELECT range AS i FROM range(1000)"
  [ "$(inside "$binary" sql --data "$data" --format csv -c "SELECT sum(i) AS s FROM t" | tail -n 1)" = 499500 ]
}

cp "$dist"/dplake_*.deb "$root/tmp/"
inside apt-get update -qq
inside sh -c 'DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends /tmp/dplake_*.deb >/dev/null'
# The list that goes with the tarball is what the .deb computed; a name there may be one that a package provides.
listed=$(dirname "$0")/packages/run.txt
provided=$(inside dpkg-query -W -f '${Package} ${Provides}\n')
for package in $(dpkg-deb -f "$dist"/dplake_*.deb Depends | tr ',' '\n' | sed -E 's/^ *([^ |]+).*/\1/'); do
  case "$package" in libc6 | libgcc-s1 | adduser | tzdata) continue ;; esac
  provider=$(awk -v name="$package" '{ for (i = 1; i <= NF; i++) { sub(",", "", $i); if ($i == name) { print $1; exit } } }' <<<"$provided")
  grep -qx "${provider:-$package}" "$listed" || { echo "$package is needed at run time and not in tools/packages/run.txt"; exit 1; }
done

answers /usr/bin/dplake /tmp/lake-deb
for file in /lib/systemd/system/dplake.service /etc/dplake/dplake.toml /usr/share/man/man1/dplake.1.gz \
  /usr/share/bash-completion/completions/dplake /usr/share/zsh/vendor-completions/_dplake \
  /usr/share/fish/vendor_completions.d/dplake.fish; do
  inside test -s "$file" || { echo "the .deb lacks $file"; exit 1; }
done
inside sh -c 'getent passwd dplake >/dev/null && test "$(stat -c %U:%a /var/lib/dplake)" = dplake:750'
echo "shared libraries of the installed binary:"
inside ldd /usr/bin/dplake | awk '{ print "  " $1 }'
inside sh -c '! ldd /usr/bin/dplake | grep "not found"'

# The tarball needs the packages of run.txt, which the .deb pulled in; removing the .deb keeps them.
inside dpkg --purge dplake
inside sh -c '! test -e /usr/bin/dplake && ! test -e /etc/dplake/dplake.toml && test -d /var/lib/dplake'
mkdir "$root/opt/place"
tar -xzf "$dist"/dplake-*.tar.gz -C "$root/opt/place" --strip-components=1
answers /opt/place/bin/dplake /tmp/lake-tar
mv "$root/opt/place" "$root/opt/moved"
answers /opt/moved/bin/dplake /tmp/lake-moved
echo "packages work in a clean root"
