# SPDX-License-Identifier: GPL-2.0-only
"""A headless browser, by the WebDriver protocol of chromedriver."""
import base64
import json
import re
import subprocess
import urllib.request

BINARY, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
# A browser of root has no sandbox; the pages are all made here.
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--hide-scrollbars", "--no-first-run", "--disable-background-networking"]
# A slow machine that does other work as well.
TIMEOUT = 240


class Browser:
    """One window. Use it in a with statement."""

    def __enter__(self):
        # pylint: disable=consider-using-with
        self.driver = subprocess.Popen([DRIVER, "--port=0"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       text=True)
        self.session = None
        try:
            self.url = f"http://127.0.0.1:{self.find_port()}/session"
            self.session = self.post("", {"capabilities": {"alwaysMatch": {
                "goog:chromeOptions": {"binary": BINARY, "args": ARGUMENTS},
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            }}})["sessionId"]
            self.url += "/" + self.session
            self.post("/timeouts", {"script": TIMEOUT * 1000, "pageLoad": TIMEOUT * 1000})
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            if self.session:
                self.request("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()

    def find_port(self):
        seen = ""
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return found.group(1)
            seen += line
        raise RuntimeError(f"{DRIVER} did not start: {seen}")

    def request(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, method=method, data=body and json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=TIMEOUT) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            raise RuntimeError(json.load(e)["value"]["message"]) from None

    def post(self, path, body):
        return self.request("POST", path, body)

    def devtools(self, command, **parameters):
        return self.post("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def show(self, url, width, height, scheme):
        """Load a page in a window of that size; what was logged before is forgotten."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=1, mobile=width < 600)
        self.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}])
        self.logged("performance")
        self.logged("browser")
        self.post("/url", {"url": url})

    def run(self, script, *arguments):
        """The value that a JavaScript function body returns."""
        return self.post("/execute/sync", {"script": script, "args": list(arguments)})

    def logged(self, kind):
        return self.post("/se/log", {"type": kind})

    def requests(self):
        """The addresses that were asked for since show()."""
        for entry in self.logged("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                yield message["params"]["request"]["url"]

    def screenshot(self, path, whole=False):
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=whole)
        with open(path, "wb") as f:
            f.write(base64.b64decode(shot["data"]))
