#!/usr/bin/env python3
"""Each rule of tidy.py: a text it refuses and a text beside it that it lets pass."""
import unittest

import tidy

HEADER = "#pragma once\n"


def breaches(path, text, **others):
    """The rules' words on `path` alone; `others` are further files, slashes written as __."""
    files = {path: text} | {name.replace("__", "/"): body for name, body in others.items()}
    return [line.split(": ", 1)[1] for line in tidy.check(files)
            if line.startswith(path + ":") and "dead file" not in line]


class FileLength(unittest.TestCase):
    def test_800_lines_pass_and_801_do_not(self):
        self.assertEqual(breaches("src/lake/os/a.cpp", "int x;\n" * 800), [])
        self.assertIn("801 lines", breaches("src/lake/os/a.cpp", "int x;\n" * 801)[0])

    def test_pages_may_be_long(self):
        self.assertEqual(breaches("docs/a.md", "# A\n" + "word\n" * 900), [])


class FunctionLength(unittest.TestCase):
    def body(self, lines):
        return "{\n" + "  go();\n" * (lines - 1) + "}\n"

    def test_function_of_70_lines_passes_and_71_do_not(self):
        self.assertEqual(breaches("src/lake/os/a.cpp", "void f() " + self.body(70)), [])
        self.assertIn("function of 71", breaches("src/lake/os/a.cpp", "void f() " + self.body(71))[0])

    def test_members_lambdas_and_initialiser_lists_are_seen(self):
        member = "namespace n {\nclass A : public B {\n  A(int x) : x_{x}, y_(x) " + self.body(75) + "};\n}\n"
        self.assertIn("function of 75", breaches("src/lake/os/a.cpp", member)[0])
        self.assertIn("function of 75", breaches("src/lake/os/a.cpp", "Result<int> A::f() const noexcept " + self.body(75))[0])

    def test_a_long_class_or_namespace_is_no_function(self):
        self.assertEqual(breaches("src/lake/os/a.cpp", "namespace n {\nclass A {\n" + "  void f();\n" * 90 + "};\n}\n"), [])

    def test_braces_in_literals_and_comments_do_not_count(self):
        text = 'void f() {\n  g("{", \'{\', R"({{)");  // {\n}\n' + "void h();\n" * 90
        self.assertEqual(breaches("src/lake/os/a.cpp", text), [])

    def test_python_functions_too(self):
        self.assertIn("function of 71", breaches("tools/a.py", "def f():\n" + "    g()\n" * 71)[0])


class Names(unittest.TestCase):
    def test_banned_word_in_file_folder_and_type(self):
        self.assertTrue(breaches("src/lake/os/file_utils.cpp", ""))
        self.assertTrue(breaches("src/lake/common/path.cpp", ""))
        self.assertTrue(breaches("src/lake/os/file.cpp", "class FileManager {\n};\n"))
        self.assertTrue(breaches("src/lake/os/base_file.cpp", ""))

    def test_words_that_only_contain_a_banned_one_pass(self):
        self.assertEqual(breaches("src/lake/os/score_renewal.cpp", "class Score {\n};\n"), [])
        self.assertEqual(breaches("src/lake/base/database.cpp", ""), [])

    def test_subclass_of_a_duckdb_type_keeps_its_word(self):
        text = "class LakeTransactionManager : public duckdb::TransactionManager {\n};\n"
        self.assertEqual(breaches("src/lake/tables/transaction_manager.cpp", text), [])
        self.assertTrue(breaches("src/lake/catalog/transaction_manager.cpp", ""))
        self.assertTrue(breaches("src/lake/tables/a.cpp", "class LakeTransactionManager {\n};\n"))


class CppText(unittest.TestCase):
    def test_using_namespace_in_a_header(self):
        self.assertTrue(breaches("src/lake/os/a.hpp", HEADER + "using namespace std;\n"))
        self.assertEqual(breaches("src/lake/os/a.cpp", "using namespace std;\n"), [])
        self.assertEqual(breaches("src/lake/os/a.hpp", HEADER + "// using namespace std;\n"), [])

    def test_header_guard(self):
        self.assertTrue(breaches("src/lake/os/a.hpp", "int x;\n"))

    def test_bare_mutex(self):
        self.assertTrue(breaches("src/lake/jobs/a.cpp", "std::mutex m;\n"))
        self.assertTrue(breaches("src/lake/jobs/a.cpp", "std::shared_mutex m;\n"))
        self.assertEqual(breaches("src/lake/base/mutex.hpp", HEADER + "std::mutex m;\n"), [])

    def test_clock_outside_os(self):
        text = "auto t = std::chrono::steady_clock::now();\n"
        self.assertTrue(breaches("src/lake/jobs/a.cpp", text))
        self.assertEqual(breaches("src/lake/os/clock.cpp", text), [])
        self.assertEqual(breaches("bench/scan.cpp", text), [])
        self.assertEqual(breaches("src/lake/jobs/a.cpp", "auto t = clock.now();\n"), [])

    def test_files_outside_os(self):
        for text in ["std::filesystem::remove(p);\n", "int f = ::open(p, 0);\n", "std::ifstream in(p);\n"]:
            self.assertTrue(breaches("src/lake/jobs/a.cpp", text), text)
        self.assertEqual(breaches("src/lake/jobs/a.cpp", "auto w = LogWriter::open(files, p);\n"), [])
        self.assertEqual(breaches("src/lake/os/a.cpp", "std::filesystem::remove(p);\n"), [])

    def test_sleep_in_tests_only(self):
        text = "std::this_thread::sleep_for(1ms);\n"
        self.assertTrue(breaches("src/lake/jobs/a_test.cpp", text))
        self.assertTrue(breaches("src/lake/jobs/a_test.cpp", "sleep(1);\n"))
        self.assertEqual(breaches("src/lake/os/clock.cpp", text), [])
        self.assertEqual(breaches("src/lake/jobs/a_test.cpp", "void sleep(nanoseconds) override {}\n"), [])


class Todo(unittest.TestCase):
    def test_needs_condition_and_reason(self):
        self.assertTrue(breaches("src/lake/os/a.cpp", "// TO" "DO: later\n"))
        self.assertTrue(breaches("src/lake/os/a.cpp", "// FIX" "ME\n"))
        self.assertEqual(breaches("src/lake/os/a.cpp", "// TO" "DO(DuckDB 2.0 is out): use its accessor here\n"), [])


class Places(unittest.TestCase):
    def test_paths_of_one_machine(self):
        self.assertTrue(breaches("docs/a.md", "# A\nsee /ro" "ot/x/y\n"))
        self.assertTrue(breaches("src/lake/os/a.cpp", 'auto p = "/ho' 'me/ann/lake";\n'))
        self.assertEqual(breaches("src/lake/os/a.cpp", 'auto p = "/var/lib/dplake";\n'), [])
        self.assertEqual(breaches("Makefile", "x = $(HOME)/src/x $HOME/ro" "ot/x\n"), [])

    def test_hosts(self):
        self.assertTrue(breaches("docs/a.md", "# A\nhttps://npm.somewhere.io/x\n"))
        self.assertEqual(breaches("docs/a.md", "# A\nhttps://duckdb.org/docs http://127.0.0.1:8080/ http://evil.example/\n"), [])


class Pages(unittest.TestCase):
    def test_one_first_level_heading(self):
        self.assertTrue(breaches("docs/a.md", "# A\n# B\n"))
        self.assertTrue(breaches("docs/a.md", "text\n"))
        self.assertEqual(breaches("docs/a.md", "# A\n```sh\n# comment\n```\n"), [])

    def test_links(self):
        self.assertTrue(breaches("docs/a.md", "# A\n[b](b.md)\n"))
        self.assertEqual(breaches("docs/a.md", "# A\n[b](../c.md) [d](.) [w](https://duckdb.org)\n", **{"c.md": "# C\n"}), [])

    def test_anchors(self):
        other = {"docs__b.md": "# B\n## The `x`, again\n"}
        self.assertEqual(breaches("docs/a.md", "# A\n[b](b.md#the-x-again)\n", **other), [])
        self.assertTrue(breaches("docs/a.md", "# A\n[b](b.md#gone)\n", **other))


class Tree(unittest.TestCase):
    def dead(self, files):
        return [line for line in tidy.check(files) if "dead file" in line]

    def test_a_source_no_cmakelists_lists_is_dead(self):
        files = {"src/lake/os/a.cpp": "", "src/lake/os/CMakeLists.txt": "lake_module(os SOURCES b.cpp)"}
        self.assertEqual(len(self.dead(files)), 1)
        files["src/lake/os/CMakeLists.txt"] = "lake_module(os SOURCES a.cpp)"
        self.assertEqual(self.dead(files), [])

    def test_a_parent_or_a_loop_may_list_it(self):
        self.assertEqual(self.dead({"fuzz/x/a.cpp": "", "fuzz/CMakeLists.txt": "add(x/a.cpp)"}), [])
        self.assertEqual(self.dead({"fuzz/a_fuzz.cpp": "", "fuzz/CMakeLists.txt": "add(${name}_fuzz.cpp)"}), [])

    def test_a_script_nothing_names_is_dead(self):
        self.assertEqual(len(self.dead({"tools/go.sh": "", "docs/a.md": "# A go.sh"})), 1)
        self.assertEqual(self.dead({"tools/go.sh": "", "Makefile": "x:\n\ttools/go.sh"}), [])

    def test_a_package_without_reason_and_licence(self):
        files = {"tools/packages/run.txt": "# why\nlibx1\nnpm npm\n", "docs/dependencies.md": "# D\n| X | npm, liby |\n"}
        found = [line for line in tidy.check(files) if "dependencies.md" in line]
        self.assertEqual(found, ["tools/packages/run.txt:2: libx1 is not in docs/dependencies.md"])

    def test_second_cache_is_refused(self):
        files = {"src/lake/cache/cache.hpp": HEADER + "class BlockCache {\n};\nclass BlockCache;\n",
                 "src/lake/query/a.hpp": HEADER + "class PlanCache final {\n};\n"}
        found = [line for line in tidy.check(files) if "one of each" in line]
        self.assertEqual(len(found), 1)
        self.assertIn("PlanCache is a second cache beside BlockCache", found[0])


if __name__ == "__main__":
    unittest.main()
