#!/usr/bin/env python3
"""Puts the files of the page into a C++ file: embed.py OUTPUT FILE...

Comments and spaces that mean nothing are left out. What is a text or a regular expression of JavaScript stays as it is, a template
but for the indentation of its lines; line ends of JavaScript stay, since they may end statements.
"""
import hashlib
import os
import re
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml"}
# What a slash follows when it begins a regular expression.
BEFORE_REGEX = re.compile(r"(^|[(,=:\[!&|?{};\n]|\breturn)\s*$")
REGEX = re.compile(r"/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
QUOTED = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)


def end_of_template(text, at):
    """Behind the template that begins at `at`; what stands in ${} may hold further ones."""
    at += 1
    while text[at] != "`":
        if text[at] == "\\":
            at += 2
        elif text.startswith("${", at):
            at, depth = at + 2, 1
            while depth > 0:
                if text[at] == "`":
                    at = end_of_template(text, at)
                    continue
                quoted = QUOTED.match(text, at)
                if quoted:
                    at = quoted.end()
                    continue
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                at += 1
        else:
            at += 1
    return at + 1


def pieces_of(text):
    """(piece, whether it is code) of a script, comments left out."""
    at = since = 0
    while at < len(text):
        found = QUOTED.match(text, at)
        end = found.end() if found else None
        is_comment = False
        if text[at] == "`":
            end = end_of_template(text, at)
        elif text[at] == "/" and (found := COMMENT.match(text, at)):
            end, is_comment = found.end(), True
        elif text[at] == "/" and BEFORE_REGEX.search(text[:at]) and (found := REGEX.match(text, at)):
            end = found.end()
        if end is None:
            at += 1
            continue
        yield text[since:at], True
        if not is_comment:
            yield text[at:end], False
        at = since = end
    yield text[since:], True


def small_script(text):
    kept, out = [], ""
    for piece, is_code in pieces_of(text):
        if is_code:
            out += piece
        else:
            out += f"\0{len(kept)}\0"
            kept.append(re.sub(r"\n\s+", "\n", piece))
    out = re.sub(r"[ \t]*\n\s*", "\n", out)
    out = re.sub(r"[ \t]+", " ", out)
    out = re.sub(r" ?([{}()\[\],;:=<>!?&|*%]) ?", r"\1", out)
    out = re.sub(r" ?(\0\d+\0) ?", lambda m: m[1], out)
    out = re.sub(r"([{(\[,;:])\n", r"\1", out)
    # A word that a text follows, and a text that a word follows, do not grow together: both ends are quotes.
    return re.sub(r"\0(\d+)\0", lambda m: kept[int(m[1])], out).strip() + "\n"


def small_style(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};,]) ?", r"\1", text)
    text = re.sub(r"([{;][\w-]+): ", r"\1:", text)
    return text.replace(";}", "}").strip() + "\n"


def small_page(text):
    return re.sub(r"\n\s+", "\n", text)


SMALL = {".js": small_script, ".css": small_style, ".html": small_page}


def small(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return SMALL.get(os.path.splitext(path)[1], str)(text).encode()


def literal_of(content):
    """Bytes as C++ string literals, each of a line's length."""
    letter = {byte: chr(byte) for byte in range(32, 127)} | {10: "\\n", 34: '\\"', 92: "\\\\"}
    return "\n".join('    "' + "".join(letter.get(byte, f"\\{byte:03o}") for byte in content[at:at + 100]) + '"'
                     for at in range(0, len(content), 100))


def main():
    out, *paths = sys.argv[1:]
    rows, texts = [], []
    for number, path in enumerate(sorted(paths)):
        content = small(path)
        name = os.path.basename(path)
        texts.append(f"constexpr char kFile{number}[] =\n{literal_of(content)};\n")
        tag = hashlib.sha256(content).hexdigest()[:32]
        rows.append(f'    {{"{name}", "{TYPES[os.path.splitext(name)[1]]}", "\\"{tag}\\"", {{kFile{number}, sizeof(kFile{number}) - 1}}}},')
    text = ('#include "lake/http/page.hpp"\n\nnamespace lake::http {\nnamespace {\n\n' + "\n".join(texts) +
            "\nconstexpr PageFile kFiles[] = {\n" + "\n".join(rows) +
            "\n};\n\n}  // namespace\n\nstd::span<const PageFile> page_files() { return kFiles; }\n\n}  // namespace lake::http\n")
    with open(out, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
