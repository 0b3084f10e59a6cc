#!/usr/bin/env bash
# make_packages.sh: dist/dplake-<version>-linux-<machine>.tar.gz (relocatable) and dist/dplake_<version>_<arch>.deb from
# build/release. The .deb's dependencies are what its binaries really load (dpkg-shlibdeps).
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -nE 's/^project\(dplake VERSION ([0-9.]+).*/\1/p' CMakeLists.txt)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p dist

tools/write_packaging.py build/release/dplake build/release/packaging
name="dplake-$version-linux-$(uname -m)"
cmake --install build/release --strip --prefix "$work/$name" >/dev/null
mkdir -p "$work/$name/share/dplake"
grep -v '^#' tools/packages/run.txt >"$work/$name/share/dplake/debian-packages.txt"
tar -C "$work" --owner=0 --group=0 --sort=name -czf "dist/$name.tar.gz" "$name"

# dpkg's tools want to stand beside debian/, and a changelog for the version.
root="$work/deb/debian/dplake"
mkdir -p "$root/DEBIAN"
cp debian/control "$work/deb/debian/control"
cat >"$work/deb/debian/changelog" <<CHANGELOG
dplake ($version) unstable; urgency=medium

  * Built from $(git rev-parse --short HEAD 2>/dev/null || echo 'a source archive').

 -- The Datapunk Lake developers <dplake@localhost>  $(date -uR)
CHANGELOG
cmake --install build/release --strip --prefix "$root/usr" >/dev/null
gzip -9n "$root/usr/share/man/man1/dplake.1"
install -D -m 0644 LICENSE "$root/usr/share/doc/dplake/copyright"
rm "$root/usr/share/doc/dplake/LICENSE"
install -D -m 0644 packaging/dplake.service "$root/lib/systemd/system/dplake.service"
install -D -m 0644 build/release/packaging/dplake.toml "$root/etc/dplake/dplake.toml"
install -m 0755 debian/postinst debian/prerm debian/postrm "$root/DEBIAN/"
install -m 0644 debian/conffiles "$root/DEBIAN/"
(
  cd "$work/deb"
  dpkg-shlibdeps -l"$root/usr/lib/dplake" -Tdebian/substvars "$root/usr/bin/dplake" "$root/usr/lib/dplake/libduckdb.so"
  dpkg-gencontrol -Tdebian/substvars -P"$root" -pdplake >/dev/null
)
dpkg-deb --root-owner-group --build "$root" dist >/dev/null
ls -l dist
