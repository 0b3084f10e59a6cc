"""make_directory.py PROGRAM DIRECTORY: makes DIRECTORY/lake from DIRECTORY/workload.sql and the archives in
DIRECTORY/imports, if there are any, and DIRECTORY/answers.json from the questions. Run once for each format version, by the program that introduces it; the result is kept for good."""
import json
import os
import shutil
import sys

from directory import LEFT_BEHIND, answers, run, run_script


def main():
    program, directory = sys.argv[1:]
    lake = os.path.join(directory, "lake")
    if os.path.exists(lake):
        sys.exit(f"{lake} exists: a stored directory is never made again")
    with open(os.path.join(directory, "workload.sql"), encoding="utf-8") as file:
        run_script(program, lake, file.read())
    imports = os.path.join(directory, "imports")
    for name in sorted(os.listdir(imports)) if os.path.exists(imports) else ():
        run(program, "import", "takeout", os.path.join(imports, name), "--data", lake, "--archives", "copy")
    found = answers(program, lake, directory)
    for name in LEFT_BEHIND:
        path = os.path.join(lake, name)
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.exists(path):
            os.remove(path)
    with open(os.path.join(directory, "answers.json"), "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    main()
