#!/usr/bin/env python3
"""Holds the tree against src/lake/LAYERS: includes, the DuckDB line, CMake dependencies, docs/components.md.

Prints one line for each breach and exits 1; prints nothing and exits 0 when the tree obeys.
`--write` rewrites docs/components.md from LAYERS and the CMakeLists files.
"""
import os
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
ENGINE_FLOOR = 3
DOORS_FLOOR = 5
FLOOR_LINE = re.compile(r"#\s*--\s*floor (\d+):\s*(.*)")
COMPONENTS = "docs/components.md"
GENERATED_HEADERS = {"lake/version.hpp"}  # target lake::version, belongs to no module


class Module:
    def __init__(self, name, floor, deps, purpose):
        self.name, self.floor, self.deps, self.purpose = name, floor, deps, purpose


def read_layers(text, problems):
    """The modules in order and the floors' titles."""
    modules, floors, floor = {}, {}, None
    for number, line in enumerate(text.splitlines(), 1):
        match = FLOOR_LINE.match(line)
        if match:
            floor = int(match[1])
            floors[floor] = match[2]
            continue
        statement, _, purpose = line.partition("#")
        if not statement.strip():
            continue
        name, colon, deps = statement.partition(":")
        name, deps = name.strip(), deps.split()
        if not colon or floor is None:
            problems.append(f"src/lake/LAYERS:{number}: expected `module: modules  # purpose` below a floor line")
            continue
        for dep in deps:
            if dep not in modules:
                problems.append(f"src/lake/LAYERS:{number}: {name} names {dep}, which is not above it")
        if len(set(deps)) != len(deps):
            problems.append(f"src/lake/LAYERS:{number}: {name} names a module twice")
        modules[name] = Module(name, floor, deps, purpose.strip())
    return modules, floors


def is_duckdb(path):
    return path == "lake/engine/duckdb.hpp" or re.match(r"duckdb(\.hpp|\.h|/)", path) is not None


def source_files(root, module):
    found = []
    for folder, _, names in os.walk(os.path.join(root, "src/lake", module)):
        found += [os.path.relpath(os.path.join(folder, n), root) for n in names if n.endswith((".hpp", ".cpp", ".h"))]
    return sorted(found)


def is_test_source(path):
    """Tests and the fixtures they share: linked into test programs only."""
    return re.search(r"(^|/|_)test(_\w+)?\.(cpp|hpp)$", path) is not None or "/testing/" in path


def check_include(module, modules, path, target):
    """None, or why `path` of `module` may not include `target`."""
    name = module.name
    if is_duckdb(target) and module.floor != ENGINE_FLOOR:
        if not (name == "query" and path.endswith(".cpp")):
            return f"includes {target}: only floor {ENGINE_FLOOR} (and query's .cpp files) may include DuckDB"
    if not target.startswith("lake/") or target in GENERATED_HEADERS:
        return None
    other = target.split("/")[1]
    if other == name or other in module.deps:
        return None
    if other == "sim" and is_test_source(path):
        return None
    if other not in modules:
        return f"includes {target}: no module {other} in src/lake/LAYERS"
    return f"includes {target}: {name} does not name {other} in src/lake/LAYERS"


def check_includes(root, modules, problems):
    includes = {}
    for module in modules.values():
        for path in source_files(root, module.name):
            with open(os.path.join(root, path), encoding="utf-8") as file:
                targets = [target for _, target in INCLUDE.findall(file.read())]
            includes[path] = targets
            for target in targets:
                why = check_include(module, modules, path, target)
                if why:
                    problems.append(f"{path}: {why}")
    return includes


def check_duckdb_line(root, modules, includes, problems):
    """Headers of floor 4 and everything of floor 5 stay free of DuckDB, also through the headers they include."""
    def reaches(path, seen):
        for target in includes.get(path, []):
            if is_duckdb(target):
                return [target]
            inner = "src/" + target
            if inner in includes and inner not in seen:
                seen.add(inner)
                chain = reaches(inner, seen)
                if chain:
                    return [target] + chain
        return None

    for module in modules.values():
        if module.floor <= ENGINE_FLOOR:
            continue
        for path in source_files(root, module.name):
            if is_test_source(path) or (not path.endswith(".hpp") and module.floor != DOORS_FLOOR):
                continue
            chain = reaches(path, set())
            if chain:
                problems.append(f"{path}: reaches DuckDB through {' -> '.join(chain)}")


def read_cmake_module(text):
    """(name, {keyword: [values]}) of the lake_module() call in a CMakeLists.txt, or None."""
    text = re.sub(r"#.*", "", text)
    match = re.search(r"\blake_module\s*\(([^)]*)\)", text)
    if not match:
        return None
    words = match[1].split()
    keywords = {"SOURCES", "HEADERS", "TESTS", "DEPS", "LIBS", "PRIVATE_LIBS", "ENGINE"}
    values, current = {}, None
    for word in words[1:]:
        if word in keywords:
            current = word
            values.setdefault(word, [])
        elif current:
            values[current].append(word)
    return words[0], values


def check_cmake(root, modules, problems):
    """Each module folder's lake_module() agrees with LAYERS; returns the calls by module."""
    lake = os.path.join(root, "src/lake")
    calls = {}
    for folder in sorted(os.listdir(lake)):
        if not os.path.isdir(os.path.join(lake, folder)) or not source_files(root, folder):
            continue
        if folder not in modules:
            problems.append(f"src/lake/{folder}: no line in src/lake/LAYERS")
            continue
        cmake = os.path.join(lake, folder, "CMakeLists.txt")
        if not os.path.exists(cmake):
            continue  # headers that precede their module's first source file; tidy.py reports them as dead
        with open(cmake, encoding="utf-8") as file:
            call = read_cmake_module(file.read())
        if call is None or call[0] != folder:
            problems.append(f"src/lake/{folder}/CMakeLists.txt: expected lake_module({folder} ...)")
            continue
        calls[folder] = call[1]
        module, deps = modules[folder], call[1].get("DEPS", [])
        if sorted(deps) != sorted(module.deps):
            problems.append(f"src/lake/{folder}/CMakeLists.txt: DEPS {' '.join(deps)} differ from src/lake/LAYERS: "
                            f"{' '.join(module.deps)}")
        if "ENGINE" in call[1] and module.floor != ENGINE_FLOOR and folder != "query":
            problems.append(f"src/lake/{folder}/CMakeLists.txt: ENGINE is for floor {ENGINE_FLOOR} and query")
    return calls


def check_order(root, modules, problems):
    with open(os.path.join(root, "src/lake/CMakeLists.txt"), encoding="utf-8") as file:
        added = re.findall(r"^\s*add_subdirectory\((\w+)\)", file.read(), re.M)
    wanted = [name for name in modules if name in added]
    if [name for name in added if name in modules] != wanted:
        problems.append("src/lake/CMakeLists.txt: add_subdirectory lines are not in the order of src/lake/LAYERS")
    for name in added:
        if name not in modules:
            problems.append(f"src/lake/CMakeLists.txt: {name} has no line in src/lake/LAYERS")


def components_page(modules, floors, calls):
    lines = ["# Components and what they depend on", "",
             "Written by `tools/check_layers.py --write` from `src/lake/LAYERS` and the modules' CMakeLists files; the law test",
             "`check_layers` fails when this page differs. Each module is one static library `lake::<name>`.", ""]
    for floor, title in floors.items():
        lines += [f"## Floor {floor}: {title}", "", "| Module | What it is | May include | Libraries |",
                  "|---|---|---|---|"]
        for module in modules.values():
            if module.floor != floor:
                continue
            call = calls.get(module.name)
            libraries = "not built yet" if call is None else \
                ", ".join(sorted(set(call.get("LIBS", []) + call.get("PRIVATE_LIBS", [])))) or "-"
            lines.append(f"| {module.name} | {module.purpose} | {' '.join(module.deps) or '-'} | {libraries} |")
        lines.append("")
    return "\n".join(lines)


def check_tree(root, write=False):
    problems = []
    with open(os.path.join(root, "src/lake/LAYERS"), encoding="utf-8") as file:
        modules, floors = read_layers(file.read(), problems)
    includes = check_includes(root, modules, problems)
    check_duckdb_line(root, modules, includes, problems)
    calls = check_cmake(root, modules, problems)
    check_order(root, modules, problems)
    page, path = components_page(modules, floors, calls), os.path.join(root, COMPONENTS)
    if write:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(page)
    elif read_or_empty(path) != page:
        problems.append(f"{COMPONENTS}: differs from the tree; run tools/check_layers.py --write")
    return problems


def read_or_empty(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    problems = check_tree(root, write="--write" in sys.argv[1:])
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
