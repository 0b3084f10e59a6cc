"""What making and testing stored directories share."""
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
LEFT_BEHIND = ("LOCK", "admin.token", "tmp", "catalog.sqlite.reserve")  # of the run, not of the format


def run(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{arguments} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def run_script(program, lake, script):
    return run(program, "sql", "--data", lake, "--format", "ndjson", "-c", script)


def questions(directory):
    """The statements of questions.sql, and of the directory's own if it has some, one a line."""
    found = []
    for place in (HERE, directory):
        path = os.path.join(place, "questions.sql")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                found += [line.strip() for line in file if line.strip() and not line.startswith("--")]
    return found


def answers(program, lake, directory):
    return {question: run_script(program, lake, question).splitlines() for question in questions(directory)}
