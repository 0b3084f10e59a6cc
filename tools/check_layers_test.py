#!/usr/bin/env python3
"""check_layers.py on small made trees: what it must refuse and what it must let pass."""
import os
import tempfile
import unittest

import check_layers

LAYERS = """# -- floor 0: ground
base:              # results
# -- floor 1: machine
os: base           # files
sim: base os       # simulated files
# -- floor 3: engine
engine: base os    # DuckDB
# -- floor 4: services
query: base engine # sessions
# -- floor 5: doors
http: base query   # routes
"""


class Tree(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.write("src/lake/LAYERS", LAYERS)
        self.write("src/lake/CMakeLists.txt", "add_subdirectory(base)\nadd_subdirectory(os)\n")

    def tearDown(self):
        self.folder.cleanup()

    def write(self, path, text):
        path = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def problems(self, **files):
        for path, text in files.items():
            self.write("src/lake/" + path, text)
        check_layers.check_tree(self.folder.name, write=True)
        return check_layers.check_tree(self.folder.name)

    def test_a_tree_that_obeys(self):
        self.assertEqual(self.problems(**{
            "os/file.cpp": '#include "lake/os/file.hpp"\n#include "lake/base/result.hpp"\n#include <vector>\n',
            "os/file_test.cpp": '#include "lake/sim/disk.hpp"\n',
            "os/CMakeLists.txt": "lake_module(os SOURCES file.cpp TESTS file_test.cpp DEPS base)",
            "engine/a.hpp": '#include "lake/engine/duckdb.hpp"\n',
            "query/session.cpp": '#include "duckdb.hpp"\n',
            "http/version.cpp": '#include "lake/version.hpp"\n'}), [])

    def refused(self, word, **files):
        found = self.problems(**files)
        self.assertTrue(any(word in line for line in found), found)

    def test_upward_and_undeclared_includes(self):
        self.refused("base does not name os", **{"base/a.cpp": '#include "lake/os/file.hpp"\n'})
        self.refused("no module nowhere", **{"base/a.cpp": '#include "lake/nowhere/file.hpp"\n'})
        self.refused("os does not name sim", **{"os/b.cpp": '#include "lake/sim/disk.hpp"\n'})

    def test_the_duckdb_line(self):
        self.refused("only floor 3", **{"os/a.cpp": "#include <duckdb/common/types.hpp>\n"})
        self.refused("only floor 3", **{"query/session.hpp": '#include "duckdb.hpp"\n'})

    def test_the_duckdb_line_through_other_headers(self):
        self.refused("reaches DuckDB through lake/engine/a.hpp -> lake/engine/duckdb.hpp", **{
            "engine/a.hpp": '#include "lake/engine/duckdb.hpp"\n', "query/session.hpp": '#include "lake/engine/a.hpp"\n'})

    def test_a_circle_cannot_be_declared(self):
        self.write("src/lake/LAYERS", "# -- floor 0: ground\nbase: os  # b\nos: base  # o\n")
        self.refused("base names os, which is not above it")

    def test_cmake_that_differs(self):
        self.refused("differ from src/lake/LAYERS", **{
            "os/a.cpp": "", "os/CMakeLists.txt": "lake_module(os SOURCES a.cpp)"})
        self.refused("no line in src/lake/LAYERS", **{"loose/a.cpp": ""})
        self.refused("not in the order", **{"CMakeLists.txt": "add_subdirectory(os)\nadd_subdirectory(base)\n"})

    def test_components_page_that_differs(self):
        self.problems()
        self.write("docs/components.md", "old")
        self.assertIn("differs from the tree", check_layers.check_tree(self.folder.name)[0])


if __name__ == "__main__":
    unittest.main()
