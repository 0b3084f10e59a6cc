"""A headless Chromium driven by the WebDriver protocol (W3C) over chromedriver: nothing but Python's standard library."""
import base64
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time

PATIENCE = 60.0
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Control": "\ue009", "Alt": "\ue00a", "ArrowLeft": "\ue012", "ArrowUp": "\ue013",
        "ArrowRight": "\ue014", "Tab": "\ue004"}


def programs():
    """(chromium, chromedriver), or None where one of them is missing."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    return (chromium, driver) if chromium and driver else None


class BrowserError(AssertionError):
    pass


class Browser:
    """One browser with a profile of its own. `downloads` is the folder of what it saves."""

    def __init__(self, width=1280, height=900, dark=False):
        chromium, driver = programs()
        self.folder = tempfile.mkdtemp(prefix="dplake-page-")
        self.downloads = os.path.join(self.folder, "downloads")
        os.mkdir(self.downloads)
        self.driver = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                       env=os.environ | {"HOME": self.folder})
        self.port = self.read_port()
        # Nothing of the test may wait for the net; the sandbox needs rights that a container's root does not have.
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=en-GB",
                     f"--window-size={width},{height}", f"--user-data-dir={self.folder}/profile"]
        if dark:
            arguments.append("--force-dark-mode")
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"binary": chromium, "args": arguments, "prefs": {"download.default_directory": self.downloads}}}}})
        self.session = "/session/" + answer["sessionId"]
        self.devtools("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.devtools("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        self.devtools("Emulation.setTimezoneOverride", {"timezoneId": "Europe/Berlin"})

    def read_port(self):
        for line in self.driver.stdout:
            if found := re.search(r"started successfully on port (\d+)", line):
                threading.Thread(target=self.driver.stdout.read, daemon=True).start()
                return int(found[1])
        raise BrowserError("chromedriver did not start")

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2 * PATIENCE)
        try:
            connection.request(method, path, None if method == "GET" else json.dumps(body or {}), {"Content-Type": "application/json"})
            value = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise BrowserError(f"{value['error']}: {value['message']}")
        return value

    def ask(self, method, path, body=None):
        return self.call(method, self.session + path, body)

    def devtools(self, command, parameters):
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, url):
        self.ask("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, selector):
        return self.ask("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.ask("POST", f"/element/{self.find(selector)}/click")

    def text(self, selector):
        """As a person sees it."""
        return self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map((each) => each.innerText)", selector)

    def type(self, selector, text):
        """In place of what is there."""
        self.run("const box = document.querySelector(arguments[0]); box.focus(); box.value = ''", selector)
        self.ask("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def give_files(self, selector, *paths):
        self.ask("POST", f"/element/{self.find(selector)}/value", {"text": "\n".join(paths)})

    def press(self, *keys):
        """The keys held one after another, the last one pressed: press("Control", "Enter")."""
        codes = [KEYS.get(key, key) for key in keys]
        actions = [{"type": "keyDown", "value": code} for code in codes] + [{"type": "keyUp", "value": code} for code in reversed(codes)]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def wait(self, condition, what):
        """Asks again until it holds; a loaded machine gets its time."""
        until = time.monotonic() + PATIENCE
        pause = threading.Event()
        while not (found := condition()):
            if time.monotonic() > until:
                raise BrowserError(f"waited in vain for {what}; the page says: {self.text('main')[:2000]}")
            pause.wait(0.05)
        return found

    def wait_for_text(self, selector, pattern):
        return self.wait(lambda: re.search(pattern, self.text(selector)), f"{pattern!r} in {selector}")

    def complaints(self):
        """What the browser's console says of errors, refused content included; each is told once."""
        return [line["message"] for line in self.ask("POST", "/se/log", {"type": "browser"}) if line["level"] == "SEVERE"]

    def screenshot(self, path, whole=False):
        if whole:
            height = self.run("return document.documentElement.scrollHeight")
            picture = self.devtools("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": {
                "x": 0, "y": 0, "width": self.run("return innerWidth"), "height": height, "scale": 1}})["data"]
        else:
            picture = self.ask("GET", "/screenshot")
        pathlib.Path(path).write_bytes(base64.b64decode(picture))

    def close(self):
        try:
            self.ask("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(timeout=PATIENCE)
            self.driver.stdout.close()
            shutil.rmtree(self.folder, ignore_errors=True)
