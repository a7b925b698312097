"""Headless Chromium for tests, through ChromeDriver, spoken to over HTTP. Skip where it is not installed."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars"
).split()
PATIENCE = 60  # seconds for one answer


def is_there() -> bool:
    """Whether browser and driver are installed."""
    return bool(shutil.which("chromium") and shutil.which("chromedriver"))


class Browser:
    """One tab. Raises AssertionError where the driver refuses something, an open dialog among it."""

    def __init__(self, driver: str, session: str) -> None:
        self._base = f"{driver}/session/{session}"

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """A command of the WebDriver protocol."""
        data = None if body is None else json.dumps(body).encode()
        return _ask(urllib.request.Request(f"{self._base}{path}", data))

    def go(self, url: str) -> None:
        """Open a page and wait until it is loaded."""
        self.ask("/url", {"url": url})

    def run(self, script: str) -> Any:
        """The value of a script in the page."""
        return self.ask("/execute/sync", {"script": script, "args": []})

    def tell(self, command: str, **params: Any) -> Any:
        """A command of Chrome's own protocol."""
        return self.ask("/goog/cdp/execute", {"cmd": command, "params": params})

    def look(self, width: int, height: int, *, dark: bool = False) -> None:
        """The size of the window, a phone's below 600, and light or dark; nothing moves by itself."""
        wanted = {"prefers-color-scheme": "dark" if dark else "light", "prefers-reduced-motion": "reduce"}
        self.tell("Emulation.setEmulatedMedia", features=[{"name": n, "value": v} for n, v in wanted.items()])
        size = {"width": width, "height": height, "deviceScaleFactor": 1}
        self.tell("Emulation.setDeviceMetricsOverride", mobile=width < 600, **size)

    def picture(self, path: Path) -> None:
        """What is seen, as a PNG file."""
        path.write_bytes(base64.b64decode(self.ask("/screenshot")))

    def asked(self) -> list[str]:
        """The URLs that were asked since the last call, the browser's own pages aside."""
        urls = []
        for entry in self.ask("/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                urls.append(message["params"]["request"]["url"])
        return [url for url in urls if not url.startswith(("chrome:", "about:", "data:"))]


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile in a folder, ended at the end of the block."""
    command = ["chromedriver", "--port=0", "--allowed-ips=127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            port = next(
                found[1] for line in process.stdout if (found := re.search(r"successfully on port (\d+)", line))
            )
            driver = f"http://127.0.0.1:{port}"
            options = {"args": [*FLAGS, f"--user-data-dir={profile}"]}
            wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"performance": "ALL"}}
            body = json.dumps({"capabilities": {"alwaysMatch": wanted}}).encode()
            session = _ask(urllib.request.Request(f"{driver}/session", body))["sessionId"]
            tab = Browser(driver, session)
            yield tab
            _ask(urllib.request.Request(f"{driver}/session/{session}", method="DELETE"))
        finally:
            process.terminate()


def _ask(request: urllib.request.Request) -> Any:
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode()[:500]) from None
