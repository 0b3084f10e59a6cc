#!/usr/bin/env python3
"""write_packaging.py BINARY OUT: settings file, man page and shell completions of the packages, from what the binary itself
says (`--help` of each verb, `config list`, `config template`), so that they cannot differ from it.
"""
import os
import re
import subprocess
import sys

OPTION = re.compile(r"^  (-\S.*?)(?:\s{2,}(\S.*))?$")
SHORT_HELP = ["-h", "--help"]


class Option:
    def __init__(self, spelled, words):
        names, _, value = spelled.partition(" ")
        self.names = names.split(",")
        self.value = "" if value in ("", "REQUIRED") else value.replace(" REQUIRED", "")
        self.words = words

    def flags(self):
        return [name for name in self.names if name.startswith("-")]


class Verb:
    """One verb: its first sentence, the usage line, its options."""

    def __init__(self, name, words, help_text):
        self.name, self.words = name, words
        usage = re.search(r"^Usage: (.*)$", help_text, re.M)
        self.usage = usage[1] if usage else f"dplake {name}"
        self.about = help_text[:usage.start()].rstrip() if usage else words
        self.options = read_options(help_text[usage.end():] if usage else help_text)


def read_options(text):
    found = []
    for line in text.splitlines():
        match = OPTION.match(line)
        if match:
            found.append(Option(match[1], match[2] or ""))
        elif found and re.match(r"^\s{20,}\S", line):
            found[-1].words = (found[-1].words + " " + line.strip()).strip()
    return [option for option in found if option.names != SHORT_HELP]


def read_verbs(text):
    """(name, first sentence) of each line of the list of verbs."""
    part = text[text.index("Subcommands:"):]
    return [(m[1], first_sentence(m[2])) for m in re.finditer(r"^  ([a-z]\S*)\s+(\S.*)$", part, re.M)]


def first_sentence(text):
    return re.split(r"(?<=[.:;])\s", text, maxsplit=1)[0].rstrip(".:;")


class Program:
    """What `ask(words)`, a run of the binary, answers."""

    def __init__(self, ask):
        self.verbs = [Verb(name, words, ask([name, "--help"])) for name, words in read_verbs(ask(["--help"]))]
        self.settings = read_options(ask(["config", "list"]))
        self.template = ask(["config", "template"])

    def flags(self, verb):
        """Options of a verb with the settings, which every verb that opens a lake takes."""
        taken = {flag for option in verb.options for flag in option.flags()}
        if "--config" not in taken:
            return verb.options
        return verb.options + [setting for setting in self.settings if not taken & set(setting.flags())]


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def man_page(program):
    lines = ['.TH DPLAKE 1 "" "dplake" "Datapunk Lake"', ".SH NAME", "dplake \\- self\\-hosted data lake in one binary",
             ".SH SYNOPSIS"]
    for verb in program.verbs:
        lines += [roff(verb.usage), ".br"]
    lines += ["dplake \\-\\-version", ".SH DESCRIPTION",
              "Keeps tables as open Parquet files under a transactional catalog in one directory, and answers SQL over them, in "
              "this process or over HTTP.", ".SH VERBS"]
    for verb in program.verbs:
        lines += [f".SS {verb.name}", ".nf", roff(verb.about), ".fi"]
        for option in verb.options:
            lines += [".TP", roff(", ".join(option.names) + (" " + option.value if option.value else "")), roff(option.words)]
    lines += [".SH SETTINGS", "Each is a flag of every verb that opens a lake, an environment variable (\\-\\-memory\\-limit is "
              "DPLAKE_MEMORY_LIMIT), and a key of the file named by \\-\\-config; the first of these that is given counts."]
    for setting in program.settings:
        lines += [".TP", roff(setting.names[0]), roff(setting.words)]
    lines += [".SH EXIT STATUS", "0: done. 1: the work failed. 2: wrong usage.", ".SH FILES", ".TP", "<data>/admin.token",
              "The access token that the first start makes.", ".TP", "/etc/dplake/dplake.toml", "Settings of the system service."]
    return "\n".join(lines) + "\n"


def bash_page(program):
    cases = "\n".join(f"    {verb.name}) flags='" + " ".join(f for option in program.flags(verb) for f in option.flags()) +
                      "' ;;" for verb in program.verbs)
    verbs = " ".join(verb.name for verb in program.verbs)
    return f"""# bash completion for dplake
_dplake() {{
  local cur flags=''
  cur=${{COMP_WORDS[COMP_CWORD]}}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W '{verbs} --version --help' -- "$cur")
    return
  fi
  case ${{COMP_WORDS[1]}} in
{cases}
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags --help" -- "$cur")
  elif [ "${{COMP_WORDS[COMP_CWORD-1]}}" = --data ]; then
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}}
complete -o filenames -F _dplake dplake
"""


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def is_switch(option, program):
    """An option without a value: not a setting, and nothing is named after it."""
    return not option.value and option not in program.settings and option.names[-1] not in ("--format", "--listen")


def zsh_page(program):
    verbs = " ".join(quoted(f"{verb.name}:{verb.words}") for verb in program.verbs)
    cases = []
    for verb in program.verbs:
        words = []
        for option in program.flags(verb):
            meaning = re.sub(r"[\[\]:]", "", option.words)
            takes = "" if is_switch(option, program) else (":directory:_directories" if "--data" in option.names else ":value:_files")
            words += ["      " + quoted(f"{flag}[{meaning}]{takes}") for flag in option.flags()]
        cases.append(f"  {verb.name}) _arguments \\\n" + " \\\n".join(words + ["      '*:file:_files'"]) + " ;;")
    return f"#compdef dplake\nif (( CURRENT == 2 )); then\n  local -a verbs=({verbs})\n  _describe verb verbs\n  return\nfi\n" \
        "local verb=$words[2]\nshift words\n(( CURRENT-- ))\ncase $verb in\n" + "\n".join(cases) + "\nesac\n"


def fish_page(program):
    lines = ["# fish completion for dplake", "complete -c dplake -f -n __fish_use_subcommand -l version -d 'what this build is'"]
    for verb in program.verbs:
        lines.append(f"complete -c dplake -f -n __fish_use_subcommand -a {verb.name} -d {quoted(verb.words)}")
        for option in program.flags(verb):
            names = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags())
            takes = "" if is_switch(option, program) else " -r"
            lines.append(f"complete -c dplake -n '__fish_seen_subcommand_from {verb.name}' {names}{takes} -d {quoted(option.words)}")
    return "\n".join(lines) + "\n"


def pages(program):
    return {"dplake.toml": program.template, "dplake.1": man_page(program), "dplake.bash": bash_page(program),
            "_dplake": zsh_page(program), "dplake.fish": fish_page(program)}


def main():
    binary, out = sys.argv[1:]

    def ask(words):
        return subprocess.run([binary, *words], capture_output=True, text=True, check=True, env={"COLUMNS": "100"}).stdout

    os.makedirs(out, exist_ok=True)
    for name, text in pages(Program(ask)).items():
        with open(os.path.join(out, name), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
