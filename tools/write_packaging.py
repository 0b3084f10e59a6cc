#!/usr/bin/env python3
"""write_packaging.py OUT: the settings file, man page and shell completions of the packages, from the one table of settings
(src/lake/config/settings.cpp) and the verbs below, so that neither can go stale alone.
"""
import os
import re
import sys

FORMATS = ["table", "csv", "tsv", "json", "ndjson", "markdown", "parquet"]
TARGET = [("--data", "DIR", "open the lake in DIR in this process"),
          ("--server", "URL", "talk to a running dplake instead"),
          ("--token", "TOKEN", "access token of the server; DPLAKE_TOKEN otherwise")]
VERBS = {
    "serve": ("answer over HTTP until SIGTERM", "", [("--sample", "", "fill an empty lake with a generated sample")]),
    "sql": ("interactive shell, or batch with -c, -f or standard input", "", TARGET + [
        ("-c", "SQL", "run SQL and leave"), ("-f", "FILE", "run the statements of FILE and leave"),
        ("--format", "FORMAT", "form of the answer: " + ", ".join(FORMATS)), ("-o", "FILE", "write the answer to FILE")]),
    "import": ("bring in CSV, TSV, JSON, NDJSON and Parquet files, plain, .gz or .zst", "PATH...", TARGET + [
        ("--table", "SCHEMA.TABLE", "name of the table; from the file's name otherwise"),
        ("--append", "", "add to an existing table"), ("--replace", "", "put the rows in place of an existing table's")]),
    "export": ("write clean Parquet, schema.sql and blobs to DIR", "DIR", TARGET + [
        ("--all", "", "every table"), ("--table", "SCHEMA.TABLE", "this table")]),
    "check": ("verify catalog, files, statistics and checksums", "", [TARGET[0]]),
}
ROW = re.compile(r'\{"([a-z_.]+)", "([a-z-]+)", SettingKind::k(\w+), .*?\}, "([^"]*)", [^"]*, "([^"]*)", ((?:"[^"]*" ?)+)\}')


class Setting:
    def __init__(self, key, flag, kind, fallback, choices, words):
        self.section, self.name = key.split(".", 1)
        self.flag, self.kind, self.fallback, self.choices, self.help = "--" + flag, kind, fallback, choices, words
        self.environment = "DPLAKE_" + flag.upper().replace("-", "_")

    def toml(self):
        if self.kind in ("Number", "Switch"):
            return self.fallback
        if self.kind == "Paths":
            return "[]"
        return f'"{self.fallback}"'


def read_settings(text):
    """The rows of kSettings in their order."""
    table = " ".join(text[text.index("kSettings[] = {"):text.index("};", text.index("kSettings[] = {"))].split())
    rows = [Setting(*match.groups()[:5], "".join(re.findall(r'"([^"]*)"', match[6]))) for match in ROW.finditer(table)]
    written = len(re.findall(r'\{"[a-z_]+\.[a-z_]+", "', table))
    if not rows or len(rows) != written:
        sys.exit(f"write_packaging.py: read {len(rows)} of {written} rows of kSettings; mend the pattern ROW")
    return rows


def toml_page(settings):
    lines = ["# Settings of dplake: dplake serve --config FILE. Each line shows its default; take away the # to change it.",
             "# Flags come first, then the environment, then this file, then the default."]
    section = None
    for setting in settings:
        if setting.section != section:
            section = setting.section
            lines += ["", f"[{section}]"]
        choices = f" ({setting.choices.replace('|', ', ')})" if setting.choices else ""
        lines += [f"# {setting.help}{choices}", f"#{setting.name} = {setting.toml()}"]
    return "\n".join(lines) + "\n"


def roff(text):
    return text.replace("\\", "\\e").replace("-", "\\-")


def option_roff(flags, value, words):
    return [".TP", f"\\fB{roff(flags)}\\fR" + (f" \\fI{value}\\fR" if value else ""), roff(words)]


def man_page(settings):
    lines = ['.TH DPLAKE 1 "" "dplake" "Datapunk Lake"', ".SH NAME", "dplake \\- self\\-hosted data lake in one binary",
             ".SH SYNOPSIS"]
    for verb, (_, arguments, _) in VERBS.items():
        lines += [f"\\fBdplake {verb}\\fR [\\fIoptions\\fR] {arguments}".rstrip(), ".br"]
    lines += ["\\fBdplake \\-\\-version\\fR", ".SH DESCRIPTION",
              "Keeps tables as open Parquet files under a transactional catalog in one directory, and answers SQL over them, in "
              "this process or over HTTP.", ".SH VERBS"]
    for verb, (words, arguments, options) in VERBS.items():
        lines += [f".SS {verb} {arguments}".rstrip(), roff(words) + "."]
        for flag, value, meaning in options:
            lines += option_roff(flag, value, meaning + ".")
    lines += [".SH SETTINGS", "Each is a flag, an environment variable, or a key of the file named by \\fB\\-\\-config\\fR; "
              "the first of these that is given counts."]
    for setting in settings:
        lines += option_roff(setting.flag, "" if setting.kind == "Switch" else "VALUE", setting.help +
                             f" {setting.environment}, {setting.section}.{setting.name}, default {setting.fallback or 'empty'}.")
    lines += [".SH EXIT STATUS", "0: done. 1: the work failed. 2: wrong usage.", ".SH FILES", ".TP", "\\fI<data>/admin.token\\fR",
              "The access token that the first start makes.", ".TP", "\\fI/etc/dplake/dplake.toml\\fR",
              "Settings of the system service."]
    return "\n".join(lines) + "\n"


def verb_flags(verb, settings):
    own = VERBS[verb][2]
    taken = {flag for flag, _, _ in own}
    shared = [(s.flag, "VALUE", s.help) for s in settings if s.flag not in taken] if verb != "check" else []
    return own + shared + [("--config", "FILE", "settings file"), ("--help", "", "what this verb takes")]


def bash_page(settings):
    cases = "\n".join(f"    {verb}) flags='{' '.join(flag for flag, _, _ in verb_flags(verb, settings))}' ;;" for verb in VERBS)
    return f"""# bash completion for dplake
_dplake() {{
  local cur prev verb flags=''
  cur=${{COMP_WORDS[COMP_CWORD]}}
  prev=${{COMP_WORDS[COMP_CWORD-1]}}
  verb=${{COMP_WORDS[1]}}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W '{' '.join(VERBS)} --version --help' -- "$cur")
    return
  fi
  case $prev in
    --format) mapfile -t COMPREPLY < <(compgen -W '{' '.join(FORMATS)}' -- "$cur"); return ;;
    --data) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
  esac
  case $verb in
{cases}
  esac
  if [[ $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")
  else mapfile -t COMPREPLY < <(compgen -f -- "$cur"); fi
}}
complete -o filenames -F _dplake dplake
"""


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def zsh_page(settings):
    verbs = " ".join(quoted(f"{verb}:{words}") for verb, (words, _, _) in VERBS.items())
    cases = []
    for verb in VERBS:
        words = []
        for flag, value, meaning in verb_flags(verb, settings):
            meaning = meaning.replace("[", "(").replace("]", ")").replace(":", "")
            kind = {"DIR": ":directory:_directories", "FILE": ":file:_files",
                    "FORMAT": f":format:({' '.join(FORMATS)})", "": ""}.get(value, f":{value.lower()}:")
            words.append("      " + quoted(f"{flag}[{meaning}]{kind}"))
        cases.append(f"  {verb}) _arguments \\\n" + " \\\n".join(words) + " \\\n      '*:file:_files' ;;")
    return "#compdef dplake\nif (( CURRENT == 2 )); then\n  local -a verbs=(" + verbs + \
        ")\n  _describe verb verbs\n  return\nfi\nlocal verb=$words[2]\nshift words\n(( CURRENT-- ))\ncase $verb in\n" + \
        "\n".join(cases) + "\nesac\n"


def fish_page(settings):
    lines = ["# fish completion for dplake", "complete -c dplake -f -n __fish_use_subcommand -l version -d 'what this build is'"]
    for verb, (words, _, _) in VERBS.items():
        lines.append(f"complete -c dplake -f -n __fish_use_subcommand -a {verb} -d {quoted(words)}")
        for flag, value, meaning in verb_flags(verb, settings):
            name = f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"
            kind = {"": "", "FORMAT": f" -x -a {quoted(' '.join(FORMATS))}", "DIR": " -x -a '(__fish_complete_directories)'"}
            lines.append(f"complete -c dplake -n '__fish_seen_subcommand_from {verb}' {name}{kind.get(value, ' -r')} "
                         f"-d {quoted(meaning)}")
    return "\n".join(lines) + "\n"


def pages(settings):
    return {"dplake.toml": toml_page(settings), "dplake.1": man_page(settings), "dplake.bash": bash_page(settings),
            "_dplake": zsh_page(settings), "dplake.fish": fish_page(settings)}


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with open(os.path.join(root, "src/lake/config/settings.cpp"), encoding="utf-8") as file:
        settings = read_settings(file.read())
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, text in pages(settings).items():
        with open(os.path.join(sys.argv[1], name), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
