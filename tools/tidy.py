#!/usr/bin/env python3
"""House rules that a compiler does not check (CONTRIBUTING.md lists them). Prints `file:line: breach` and exits 1.

The rules on one file's text are in TEXT_RULES, those on the whole tree in TREE_RULES; tidy_test.py holds their cases.
"""
import ast
import os
import re
import subprocess
import sys

FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70
CPP = (".cpp", ".hpp", ".h")
CODE = CPP + (".py", ".sh", ".cmake", ".ts", ".tsx")
CODE_FOLDERS = ("src/", "apps/", "test/", "bench/", "fuzz/", "tools/", "cmake/")
BANNED_WORDS = {
    "manager", "handler", "helper", "helpers", "util", "utils", "common", "core", "advanced", "specialized", "extended",
    "enhanced", "unified", "processor", "service", "impl2", "new", "legacy", "v2", "misc",
}
BANNED_FOR_FILES_ONLY = {"new"}  # a NewTable is a thing of the field, a file new_writer.cpp is a second writer
TYPE = re.compile(r"^\s*(?:template\s*<[^;{]*>\s*)?(?:class|struct|enum(?:\s+class)?)\s+(?:\[\[\w+\]\]\s*)?"
                  r"(?:LAKE_\w+(?:\([^)]*\))?\s+)?([A-Za-z_]\w*)\s*(?:final\s*)?(?::([^:{;][^{;]*))?\{", re.M)
# One class each (requirement DO-02): a second one is merged into the first or named for what it really is.
ONE_OF_EACH = {
    "cache": r"\w*Cache",
    "validation": r"\w*(Validator|Validation)",
    "index registry": r"\w*Index(es)?(Registry|Catalog)",
    "metrics registry": r"\w*Metrics(Registry)?",
    "health": r"\w*Health(Check|Checks|Registry|Monitor)?",
    "access": r"\w*(Authorizer|AccessControl|AccessPolicy|AccessDecision|AccessPoint)",
}
HOSTS = re.compile(
    r"(localhost|127\.0\.0\.1|\[::1\]|([\w-]+\.)*(example|test|invalid|example\.(com|org|net))|"
    r"([\w-]+\.)*(github\.com|duckdb\.org|apache\.org|sqlite\.org|w3\.org|ietf\.org|rfc-editor\.org|arxiv\.org|doi\.org|"
    r"wikipedia\.org|debian\.org|cmake\.org|llvm\.org|opengis\.net|json-schema\.org|openapis\.org|spdx\.org))$")


def strip_cpp(text):
    """The text with comments and literals blanked, line numbers kept."""
    def blank(match):
        whole = match[0]
        if whole.startswith(("/", '"', "'", "R")):
            return re.sub(r"[^\n]", " ", whole) if not whole.startswith(('"', "R")) else \
                '"' + re.sub(r"[^\n]", " ", whole[1:-1]) + '"'
        return whole
    pattern = (r'R"(?P<tag>[^(\s]*)\((?:.|\n)*?\)(?P=tag)"|//[^\n]*|/\*(?:.|\n)*?\*/|"(?:\\.|[^"\\\n])*"|'
               r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'")
    return re.sub(pattern, blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def find_lines(pattern, text, message):
    return [(line_of(text, m.start()), message.format(m[0].strip())) for m in re.finditer(pattern, text)]


def is_test(path):
    return path.startswith(("test/", "fuzz/")) or re.search(r"_test\.(cpp|py)$", path) is not None


def rule_file_length(path, text):
    lines = text.count("\n")
    if path.endswith(CODE) and lines > FILE_LINES_MAX:
        return [(1, f"{lines} lines; a file holds at most {FILE_LINES_MAX}: split it by reason to change")]
    return []


def cpp_functions(text):
    """(first line, last line) of each function body that is not inside another one. `text` is stripped."""
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: "\n" * m[0].count("\n"), text, flags=re.M)
    stack, since, found = [], 0, []
    for match in re.finditer(r"[{};]", text):
        at, head = match.start(), text[since:match.start()]
        since = match.end()
        if match[0] == "{":
            inside = any(kind == "body" for kind, _ in stack)
            scope = re.search(r"\b(namespace|extern)\b", head) or \
                (re.search(r"\b(class|struct|union|enum)\b", head) and not re.search(r"\)\s*(const|noexcept|->|$)", head))
            if inside or scope or ")" not in head:
                stack.append(("inner" if inside else "scope", at))
            else:
                stack.append(("body", at))
        elif match[0] == "}" and stack:
            kind, start = stack.pop()
            if kind == "body":
                found.append((line_of(text, start), line_of(text, at)))
    return found


def rule_function_length(path, text):
    if path.endswith(CPP):
        spans = cpp_functions(strip_cpp(text))
    elif path.endswith(".py"):
        nodes = ast.walk(ast.parse(text))
        spans = [(n.lineno, n.end_lineno) for n in nodes if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    else:
        return []
    return [(first, f"function of {last - first} lines; at most {FUNCTION_LINES_MAX}")
            for first, last in spans if last - first > FUNCTION_LINES_MAX]


def words_of(name):
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return [word for word in re.split(r"[_\-.]+", spaced.lower()) if word]


def banned_word(name):
    words = words_of(name)
    for word in words:
        if word in BANNED_WORDS:
            return word
    return "base" if len(words) > 1 and words[0] == "base" else None


def is_duckdb_word(name, path):
    """A subclass of a DuckDB type, and the file it lives in, keep DuckDB's word."""
    return path.startswith(("src/lake/engine/", "src/lake/tables/", "src/lake/functions/")) and \
        re.search(r"transaction_?manager|(set_?operation|table)?_?filter_?core", name.lower()) is not None


def rule_names(path, text):
    found = []
    if path.startswith(CODE_FOLDERS) and path.endswith(CODE):
        parts = path.split("/")
        for part in parts[:-1] + [parts[-1].rsplit(".", 1)[0]]:
            word = banned_word(part)
            if word and not is_duckdb_word(part, path):
                found.append((1, f"`{word}` in the name {part} says nothing about its subject"))
        if path.endswith(CPP):
            stem = parts[-1].rsplit(".", 1)[0]
            if not re.fullmatch(r"[a-z][a-z0-9_]*", stem):
                found.append((1, f"file names are snake_case: {parts[-1]}"))
    if path.endswith(CPP):
        stripped = strip_cpp(text)
        for match in TYPE.finditer(stripped):
            word = banned_word(match[1])
            if word and word not in BANNED_FOR_FILES_ONLY and not (is_duckdb_word(match[1], path) and match[2]):
                found.append((line_of(stripped, match.start(1)), f"`{word}` in the type name {match[1]} says nothing"))
    return found


def rule_cpp_text(path, text):
    if not path.endswith(CPP):
        return []
    code, found = strip_cpp(text), []
    if path.endswith((".hpp", ".h")):
        found += find_lines(r"\busing\s+namespace\b[^;]*", code, "`{}` in a header")
        if "#pragma once" not in text and not path.endswith(".inc"):
            found.append((1, "header without #pragma once"))
    if path != "src/lake/base/mutex.hpp":
        found += find_lines(r"\bstd::(shared_|recursive_|timed_)?mutex\b", code, "{}: use lake::Mutex")
    if not path.startswith("src/lake/os/"):
        if not path.startswith("bench/"):
            found += find_lines(r"\b\w+_clock::now\s*\(|\b(clock_gettime|gettimeofday)\s*\(|(?<![\w.>:])time\(nullptr\)",
                                code, "{}: only os reads the clock; take an os::Clock&")
        found += find_lines(r"\bstd::filesystem\b|(?<![\w>])::open\s*\(|\bstd::[io]?fstream\b|(?<![\w.>:])fopen\s*\(",
                            code, "{}: only os touches files; take an os::FileSystem&")
        found += find_lines(r"\bstd::random_device\b|(?<![\w.>:])s?rand\s*\(", code, "{}: take an os::Random&")
    if is_test(path):
        found += find_lines(r"\bsleep_(for|until)\b|\busleep\s*\(|(?<!\w)::sleep\s*\(|(?<![\w.>:])sleep\(\d",
                            code, "{} in a test: use the clock")
    return found


def rule_todo(path, text):
    if not path.endswith(CODE) or path.startswith("tools/tidy"):
        return []
    found = find_lines(r"\b(FIXME|XXX|HACK)\b", text, "{}: mend it, or write a TODO with reason and condition")
    found += find_lines(r"\bTODO\b(?!\([^()\n]{4,}\): \S.{9,})", text, "write {}(<condition that allows it>): <reason>")
    return found


def rule_places(path, text):
    """Nothing names the machine it was made on, or a host that is not a public page."""
    if path.startswith(("tools/tidy", "test/data/", "test/upgrade/")):
        return []
    found = find_lines(r"(?<![\w.$)}/~-])/(root|work|home/(?!\$|<|dplake\b|user\b|me\b|you\b)\w+)(?=[/\s'\"`]|$)", text,
                       "{}: a path of one machine")
    for match in re.finditer(r"https?://([A-Za-z0-9\[][\w.:\[\]-]*)", text):
        host = re.sub(r":\d*$", "", match[1]).rstrip(".")
        if not HOSTS.fullmatch(host) and "." in host:
            found.append((line_of(text, match.start()), f"host {host} is not in tools/tidy.py HOSTS"))
    return found


def slug(heading):
    heading = re.sub(r"[`*]", "", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")


def without_fences(text):
    return re.sub(r"^(```|~~~).*?^\1", lambda m: "\n" * m[0].count("\n"), text, flags=re.M | re.S)


def rule_markdown(path, text):
    if not path.endswith(".md"):
        return []
    count = len(re.findall(r"^# ", without_fences(text), re.M))
    return [] if count == 1 else [(1, f"{count} first-level headings; a page has one")]


TEXT_RULES = [rule_file_length, rule_function_length, rule_names, rule_cpp_text, rule_todo, rule_places, rule_markdown]


def tree_links(files):
    """Relative links of the pages lead to files, and anchors to headings."""
    found, known = [], set(files)
    folders = {os.path.dirname(p) for p in files}
    while any(f and os.path.dirname(f) not in folders for f in folders):
        folders |= {os.path.dirname(f) for f in folders if f}
    for path, text in files.items():
        if not path.endswith(".md"):
            continue
        plain = re.sub(r"`[^`\n]*`", lambda m: " " * len(m[0]), without_fences(text))
        for match in re.finditer(r"\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)", plain):
            target, _, anchor = match[1].partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            to = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
            if to not in known and to not in folders:
                found.append((path, line_of(plain, match.start()), f"broken link {match[1]}"))
            elif anchor and to.endswith(".md"):
                slugs = {slug(h) for h in re.findall(r"^#+ (.*)$", without_fences(files[to]), re.M)}
                if anchor not in slugs:
                    found.append((path, line_of(plain, match.start()), f"no heading for {match[1]}"))
    return found


def tree_dead_files(files):
    """C++ files are listed in a CMakeLists.txt; scripts are named by the build, by another script or by a page."""
    found = []
    for path in files:
        if path.endswith(CPP) and path.startswith(("src/", "apps/", "test/", "bench/", "fuzz/")):
            folder, listed = os.path.dirname(path), False
            while not listed:
                tokens = files.get(os.path.join(folder, "CMakeLists.txt"), "").replace("(", " ").replace(")", " ").split()
                relative = os.path.relpath(path, folder or ".")
                listed = any(re.fullmatch(re.sub(r"\\\$\\\{\w+\\\}", r"[\\w/]+", re.escape(t)), relative) for t in tokens)
                if not folder:
                    break
                folder = os.path.dirname(folder)
            if not listed:
                found.append((path, 1, "dead file: no CMakeLists.txt lists it"))
        elif re.match(r"(tools|cmake)/[^/]+\.\w+$", path):
            name = os.path.basename(path)
            stem = re.escape(re.sub(r"^Find|\.cmake$", "", name) if name.endswith(".cmake") else name)
            if not any(re.search(rf"\b{stem}\b", text) for other, text in files.items()
                       if other != path and not other.endswith(".md")):
                found.append((path, 1, "dead file: nothing in the build names it"))
    return found


def tree_one_of_each(files):
    found = []
    for subject, pattern in ONE_OF_EACH.items():
        seen = {}
        for path, text in sorted(files.items()):
            if path.startswith("src/lake/") and path.endswith(CPP) and not is_test(path):
                code = strip_cpp(text)
                for match in TYPE.finditer(code):
                    if re.fullmatch(pattern, match[1]):
                        seen.setdefault(match[1], (path, line_of(code, match.start(1))))
        for name in sorted(seen, key=seen.get)[1:]:
            first = min(seen, key=seen.get)
            found.append((*seen[name], f"{name} is a second {subject} beside {first} ({seen[first][0]}): one of each"))
    return found


def tree_dependencies(files):
    """Every package a list installs has its reason and licence in docs/dependencies.md."""
    known = set(re.findall(r"[\w.+-]+", files.get("docs/dependencies.md", "")))
    return [(path, number, f"{line.split()[0]} is not in docs/dependencies.md")
            for path, text in files.items() if path.startswith("tools/packages/")
            for number, line in enumerate(text.splitlines(), 1)
            if line.strip() and not line.startswith("#") and line.split()[0] not in known]


TREE_RULES = [tree_links, tree_dead_files, tree_one_of_each, tree_dependencies]


def check(files):
    """`path:line: breach` for every breach in {path: text}, in order."""
    found = [(path, line, why) for path, text in files.items() for rule in TEXT_RULES for line, why in rule(path, text)]
    for rule in TREE_RULES:
        found += rule(files)
    return [f"{path}:{line}: {why}" for path, line, why in sorted(found)]


def read_tree(root):
    listing = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root,
                             capture_output=True, text=True)
    if listing.returncode == 0:
        names = [name for name in listing.stdout.split("\0") if name]
    else:  # a source archive
        skipped = {".git", "lake-data", "build", "dist", "node_modules", "__pycache__"}
        names = []
        for folder, folders, leaves in os.walk(root):
            folders[:] = [f for f in folders if f not in skipped]
            names += [os.path.relpath(os.path.join(folder, leaf), root) for leaf in leaves]
    files = {}
    for name in sorted(set(names)):
        try:
            with open(os.path.join(root, name), encoding="utf-8") as file:
                files[name] = file.read()
        except UnicodeDecodeError:
            files[name] = ""  # binary: only its existence matters
        except FileNotFoundError:
            continue  # deleted, not yet committed
    return files


def main():
    breaches = check(read_tree(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    print("\n".join(breaches), end="\n" if breaches else "")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
