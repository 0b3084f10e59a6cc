"""Archives, names, parts, and that a seed decides everything."""
import hashlib
import os
import subprocess
import sys
import unittest
import zipfile

from case import GeneratorTest, read_archive

FOLDER = os.path.dirname(os.path.abspath(__file__))


def digests(out):
    found = {}
    for name in sorted(os.listdir(out)):
        with open(os.path.join(out, name), "rb") as file:
            found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


class Archives(GeneratorTest):
    def test_same_arguments_same_bytes(self):
        arguments = ("--size", "600KB", "--exports", "2", "--parts", "2")
        first, second = self.make(*arguments)[0], self.make(*arguments)[0]
        self.assertEqual(digests(first), digests(second))
        other = self.make(*arguments, "--seed", "2")[0]
        self.assertNotEqual(digests(first), digests(other))

    def test_same_bytes_from_another_process_and_hash_seed(self):
        out, _ = self.make("--size", "300KB", "--products", "chrome,youtube")
        again = os.path.join(os.path.dirname(out), "again")
        subprocess.run([sys.executable, "-B", FOLDER, "--out", again, "--size", "300KB", "--products", "chrome,youtube"],
                       check=True, env={**os.environ, "PYTHONHASHSEED": "77"}, stdout=subprocess.DEVNULL)
        self.assertEqual(digests(out), digests(again))

    def test_every_container_opens_and_holds_what_the_ledger_says(self):
        for container in ("zip", "zip64", "tgz", "folder"):
            for parts in ("1", "2", "5"):
                with self.subTest(container=container, parts=parts):
                    out, truth = self.make("--size", "300KB", "--container", container, "--parts", parts)
                    self.assertEqual(len(truth["archives"]), int(parts))
                    there = sorted((archive, name, hashlib.sha256(data).hexdigest(), len(data))
                                   for archive, name, data in self.files(out, truth))
                    told = sorted((e["archive"], e["name"], e["sha256"], e["size"]) for e in truth["entries"])
                    self.assertEqual(there, told)

    def test_the_same_content_in_every_container(self):
        def tables(container, parts):
            return self.make("--size", "300KB", "--container", container, "--parts", parts)[1]["tables"]
        self.assertEqual(tables("zip", "1"), tables("tgz", "5"))

    def test_zip_entries_have_data_descriptors_and_zip64_is_there_when_forced(self):
        out, truth = self.make("--size", "200KB", "--container", "zip64", "--products", "chrome")
        path = os.path.join(out, truth["archives"][0]["name"])
        with zipfile.ZipFile(path) as archive:
            self.assertIsNone(archive.testzip())
            for info in archive.infolist():
                self.assertTrue(info.flag_bits & 0x8)
                self.assertTrue(info.flag_bits & 0x800)
        with open(path, "rb") as file:
            self.assertIn(b"PK\x06\x06", file.read()[-200:])

    def test_locale_changes_names_only(self):
        results = {locale: self.make("--size", "300KB", "--locale", locale) for locale in ("en", "de", "ja")}
        tables = {locale: {name: table for name, table in truth["tables"].items() if not table["localized"]}
                  for locale, (_, truth) in results.items()}
        self.assertGreater(len(tables["en"]), 45)
        self.assertEqual(tables["en"], tables["de"])
        self.assertEqual(tables["en"], tables["ja"])
        names = {locale: {entry["name"] for entry in truth["entries"]} for locale, (_, truth) in results.items()}
        self.assertIn("Takeout/YouTube und YouTube Music/Verlauf/Wiedergabeverlauf.json", names["de"])
        self.assertIn("タイムライン.json", names["ja"])

    def test_size_is_about_what_was_asked_for(self):
        for size in (3_000_000, 12_000_000):
            _, truth = self.make("--size", str(size))
            made = sum(entry["size"] for entry in truth["entries"])
            self.assertGreater(made, size * 0.75)
            self.assertLess(made, size * 1.25)

    def test_copies_are_told_as_duplicate_entries(self):
        out, truth = self.make("--size", "400KB", "--parts", "3", "--copies")
        copies = [entry for entry in truth["entries"] if "copy_of" in entry]
        self.assertGreater(len(copies), 3)
        for entry in copies:
            first = truth["entries"][entry["copy_of"]]
            self.assertEqual((first["name"], first["sha256"]), (entry["name"], entry["sha256"]))
            self.assertEqual(entry["state"], "duplicate_entry")
        self.assertEqual(truth["tables"], self.make("--size", "400KB", "--parts", "1")[1]["tables"])

    def test_help_teaches(self):
        text = subprocess.run([sys.executable, "-B", FOLDER, "--help"], check=True, capture_output=True, text=True).stdout
        for word in ("examples", "--locale de", "truth.json", "hostile-names", "location"):
            self.assertIn(word, text)
        wrong = subprocess.run([sys.executable, "-B", FOLDER, "--out", "x", "--products", "nothing"], capture_output=True, text=True)
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("'nothing' is no product", wrong.stderr)


if __name__ == "__main__":
    unittest.main()
