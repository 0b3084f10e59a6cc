#!/usr/bin/env python3
"""setup_duckdb.sh, install_packages.sh and FindDuckDB.cmake against made machines: commands on PATH are replaced."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def pins():
    with open(os.path.join(ROOT, "third_party/duckdb.lock"), encoding="utf-8") as lock:
        rows = [line.split() for line in lock if not line.startswith("#")]
    simple = {row[0]: row[1] for row in rows if len(row) == 2}
    hashes = {row[0]: row[-1].removeprefix("sha256:") for row in rows if len(row) > 2 and row[1] != "aarch64"}
    return simple["version"], simple["source_id"], hashes


class Machine(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.bin = os.path.join(self.folder.name, "bin")
        self.deps = os.path.join(self.folder.name, "deps")
        os.makedirs(self.bin)
        self.version, self.source_id, self.hashes = pins()
        for network in ("npm", "apt-get", "sudo"):
            self.command(network, f'echo "{network} $*" >>"{self.folder.name}/calls"; exit 1')

    def tearDown(self):
        self.folder.cleanup()

    def command(self, name, body):
        path = os.path.join(self.bin, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + body + "\n")
        os.chmod(path, 0o755)

    def run_script(self, *words):
        env = os.environ | {"PATH": self.bin + ":" + os.environ["PATH"], "DPLAKE_DEPS": self.deps}
        return subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True)

    def calls(self):
        path = os.path.join(self.folder.name, "calls")
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read()

    def engine(self, library=None, headers=None):
        """A made engine folder; what is not given is as pinned."""
        target = os.path.join(self.deps, "duckdb-" + self.version)
        for path, text in {
                "lib/libduckdb.so": library or f"\0v{self.version}\0{self.source_id}\0", "include/duckdb.hpp": "",
                "duckdb_version.txt": headers or f"v{self.version}\n",
                "stamp": f"version {self.version}\nsource_id {self.source_id}\nlibrary {self.hashes['npm']}\n"
                         f"source {self.hashes['pypi']}\n"}.items():
            os.makedirs(os.path.dirname(os.path.join(target, path)), exist_ok=True)
            with open(os.path.join(target, path), "w", encoding="utf-8") as file:
                file.write(text)
        return target


class SetupDuckdb(Machine):
    def setUp(self):
        super().setUp()
        self.command("uname", "echo x86_64")

    def test_nothing_is_fetched_when_the_stamp_is_that_of_the_lock(self):
        self.engine()
        self.assertEqual(self.run_script("tools/setup_duckdb.sh").returncode, 0)
        self.assertEqual(self.calls(), "")

    def test_another_stamp_fetches_and_a_failed_fetch_keeps_the_old_engine(self):
        target = self.engine()
        with open(os.path.join(target, "stamp"), "w", encoding="utf-8") as file:
            file.write("version 0\n")
        self.command("dpkg-query", "printf installed")
        done = self.run_script("tools/setup_duckdb.sh")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("npm pack", self.calls())
        self.assertIn("npm pack", done.stderr)
        self.assertEqual(os.listdir(self.deps), ["duckdb-" + self.version])

    def test_an_archive_with_another_hash_is_refused(self):
        self.command("dpkg-query", "printf installed")
        self.command("npm", "echo wrong > library.tgz")
        done = self.run_script("tools/setup_duckdb.sh")
        self.assertEqual(done.returncode, 1)
        self.assertIn("third_party/duckdb.lock pins " + self.hashes["npm"], done.stderr)
        self.assertEqual(os.listdir(self.deps), [])

    def test_a_machine_without_a_pinned_library_is_told_so(self):
        self.command("uname", "echo riscv64")
        done = self.run_script("tools/setup_duckdb.sh")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"pins no DuckDB .* library for riscv64")


class InstallPackages(Machine):
    def test_no_network_when_nothing_is_missing(self):
        self.command("dpkg-query", "printf installed")
        self.assertEqual(self.run_script("tools/install_packages.sh", "build", "test").returncode, 0)
        self.assertEqual(self.calls(), "")

    def test_only_what_is_missing_is_installed_after_one_update(self):
        self.command("dpkg-query", 'case "$*" in *cmake*) exit 1 ;; *) printf installed ;; esac')
        self.command("id", "echo 0")
        self.command("apt-get", f'echo "apt-get $*" >>"{self.folder.name}/calls"')
        self.assertEqual(self.run_script("tools/install_packages.sh", "build").returncode, 0)
        self.assertEqual(re.findall(r"apt-get (\w+|-\S+)", self.calls()), ["update", "install"])
        self.assertTrue(self.calls().strip().endswith(" cmake"))

    def test_without_root_and_sudo_it_says_what_to_install(self):
        self.command("dpkg-query", "exit 1")
        self.command("id", "echo 1000")
        os.remove(os.path.join(self.bin, "sudo"))
        for name in ("bash", "dirname", "env"):
            os.symlink(shutil.which(name), os.path.join(self.bin, name))
        done = subprocess.run(["tools/install_packages.sh", "test"], cwd=ROOT, env={"PATH": self.bin},
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("curl", done.stderr)
        self.assertEqual(self.calls(), "")

    def test_a_command_that_is_there_stands_for_its_package(self):
        self.command("dpkg-query", 'case "$*" in *npm*) exit 1 ;; *) printf installed ;; esac')
        self.assertEqual(self.run_script("tools/install_packages.sh", "fetch").returncode, 0)
        self.assertEqual(self.calls(), "")


class FindDuckdb(Machine):
    def find(self, root):
        script = os.path.join(self.folder.name, "find.cmake")
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"list(APPEND CMAKE_MODULE_PATH {ROOT}/cmake)\nset(CMAKE_FIND_LIBRARY_PREFIXES lib)\n"
                       "set(CMAKE_FIND_LIBRARY_SUFFIXES .so)\nfunction(add_library)\nendfunction()\n"
                       "function(set_target_properties)\nendfunction()\nfunction(target_include_directories)\nendfunction()\n"
                       f"set(CMAKE_SOURCE_DIR {ROOT})\nset(DUCKDB_ROOT {root})\nfind_package(DuckDB REQUIRED)\n")
        done = self.run_script("cmake", "-P", script)
        return done.returncode, " ".join(done.stderr.split())

    def test_the_pinned_engine_is_found(self):
        self.assertEqual(self.find(self.engine())[0], 0)

    def test_missing_engine_names_the_remedy(self):
        code, words = self.find(os.path.join(self.deps, "nowhere"))
        self.assertNotEqual(code, 0)
        self.assertIn("make setup", words)

    def test_another_library_or_other_headers_are_refused(self):
        code, words = self.find(self.engine(library=f"v{self.version} 0000000000"))
        self.assertNotEqual(code, 0)
        self.assertIn(f"does not carry `{self.source_id}`", words)
        code, words = self.find(self.engine(headers="v1.4.4\n"))
        self.assertNotEqual(code, 0)
        self.assertIn("headers' version is v1.4.4", words)


if __name__ == "__main__":
    unittest.main()
