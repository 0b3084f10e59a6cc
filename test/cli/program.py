"""What the tests of the command line share: the program, a scratch directory, a server, a terminal."""
import os
import pty
import re
import select
import signal
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ["DPLAKE_TEST"]
SECONDS = 60


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="dplake-cli-")
        self.addCleanup(self.scratch.cleanup)
        self.root = self.scratch.name
        self.data = os.path.join(self.root, "lake")
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.root, "LC_ALL": "C.UTF-8", "TERM": "xterm"}

    def path(self, name):
        return os.path.join(self.root, name)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run_program(self, *arguments, text=None, expect=0):
        """Runs it to its end; fails with both outputs unless it ends with `expect`."""
        done = subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, text=True, cwd=self.root,
                              env=self.environment, timeout=SECONDS, check=False)
        self.assertEqual(done.returncode, expect, f"{arguments}\nstdout: {done.stdout}\nstderr: {done.stderr}")
        self.assertNotRegex(done.stdout + done.stderr, "[\x1b\r]", "colours or bars off a terminal")
        return done

    def sql(self, statement, *more, expect=0):
        """The rows of a statement as CSV lines without the header."""
        done = self.run_program("sql", "--data", self.data, "--format", "csv", "-c", statement, *more, expect=expect)
        return done.stdout.splitlines()[1:]

    def serve(self, *more):
        """Starts a server on a port of its own; its link."""
        server = subprocess.Popen([PROGRAM, "serve", "--data", self.data, "--port", "0", *more], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True, env=self.environment, cwd=self.root)
        self.addCleanup(self.end, server)
        for line in server.stdout:
            found = re.search(r"http://\S+token=\S+", line)
            if found:
                return server, found[0]
        self.fail("the server printed no link")

    def end(self, server):
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        code = server.wait(timeout=SECONDS)
        server.stdout.close()
        return code


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, test, *arguments):
        self.test = test
        self.seen = ""
        self.process, self.side = pty.fork()
        if self.process == 0:
            os.chdir(test.root)
            os.execve(PROGRAM, [PROGRAM, *arguments], test.environment)
        test.addCleanup(self.close)

    def close(self):
        if self.process:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
            self.process = 0
        if self.side >= 0:
            os.close(self.side)
            self.side = -1

    def send(self, text):
        os.write(self.side, text.encode())

    def expect(self, pattern):
        """Reads until the pattern comes; what came up to its end is taken."""
        deadline = time.monotonic() + SECONDS
        while True:
            found = re.search(pattern, self.seen)
            if found:
                before, self.seen = self.seen[:found.end()], self.seen[found.end():]
                return before
            ready, _, _ = select.select([self.side], [], [], max(0, deadline - time.monotonic()))
            try:
                piece = os.read(self.side, 65536).decode(errors="replace") if ready else ""
            except OSError:  # the other side is closed
                piece = ""
            if not piece:
                self.test.fail(f"the terminal did not show {pattern!r}; it shows {self.seen!r}")
            self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]", "", piece)

    def wait(self):
        """The exit code."""
        deadline = time.monotonic() + SECONDS
        done, status = 0, 0
        while not done:
            done, status = os.waitpid(self.process, os.WNOHANG)
            if time.monotonic() > deadline:
                self.test.fail(f"the program did not end; the terminal shows {self.seen!r}")
            ready, _, _ = select.select([self.side], [], [], 0.05)
            if ready and not done:
                try:
                    self.seen += os.read(self.side, 65536).decode(errors="replace")
                except OSError:
                    pass
        self.process = 0
        return os.waitstatus_to_exitcode(status)
