"""As much of the Chrome DevTools Protocol as looking at a page needs, over the browser's own pipe."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from tools.browser.fetch import LIBRARIES, PROGRAM, fetch

PATIENCE = 60.0
"""Seconds for which something is waited for on a page."""
COMMANDS, ANSWERS = 3, 4
"""The descriptors at which the browser reads and writes."""


class Browser:
    """One headless browser with one page. Use it as a context."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="hil-browser-", ignore_cleanup_errors=True)
        their_input, commands = os.pipe()
        answers, their_output = os.pipe()
        # high numbers first: neither may be the other's place
        given = fcntl.fcntl(their_input, fcntl.F_DUPFD, 20), fcntl.fcntl(their_output, fcntl.F_DUPFD, 20)

        def place() -> None:
            os.dup2(given[0], COMMANDS)
            os.dup2(given[1], ANSWERS)

        program = fetch()
        libraries = {"LD_LIBRARY_PATH": str(LIBRARIES)} if program == PROGRAM else {}
        words = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--window-size=1400,1300"]
        self._process = subprocess.Popen(
            [program, *words, f"--user-data-dir={self._folder.name}", "about:blank"],
            preexec_fn=place,  # noqa: PLW1509 - the process that starts it has no threads at work
            close_fds=False,
            env=os.environ | libraries | {"TMPDIR": self._folder.name},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (their_input, their_output, *given):
            os.close(end)
        self._commands, self._answers = os.fdopen(commands, "wb", 0), os.fdopen(answers, "rb")
        self._number = 0
        self._session: dict[str, str] = {}
        pages = [each for each in self._call("Target.getTargets")["targetInfos"] if each["type"] == "page"]
        attached = self._call("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)
        self._session = {"sessionId": attached["sessionId"]}

    def __enter__(self) -> Browser:
        """Return itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """End the browser."""
        self._process.kill()
        self._process.wait()
        self._commands.close()
        self._answers.close()
        self._folder.cleanup()

    def open(self, page: Path, fragment: str = "") -> None:
        """Open a file, from scratch."""
        self._call("Page.navigate", url="about:blank")
        self._call("Page.navigate", url=page.as_uri() + fragment)

    def run(self, expression: str) -> Any:
        """Return the value of a JavaScript expression; None while the page is being replaced."""
        return self._call("Runtime.evaluate", expression=expression, returnByValue=True).get("result", {}).get("value")

    def wait_for(self, expression: str) -> Any:
        """Return the value of an expression as soon as it is true; fail with the text of the page."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            seen = self.run(expression)
            if seen:
                return seen
            time.sleep(0.1)
        raise AssertionError(f"{expression} stayed false; the page says: {self.run('document.body.innerText')!s:.500}")

    def wait_for_text(self, text: str) -> None:
        """Wait until the page shows a text."""
        self.wait_for(f"document.body.innerText.includes({json.dumps(text)})")

    def picture(self, path: Path) -> None:
        """Write what the page shows as PNG."""
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot")["data"]))

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters, **self._session}
        self._commands.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = json.loads(self._read())
            if answer.get("id") == self._number:
                return dict(answer.get("result", {}))

    def _read(self) -> bytes:
        """Return the next message; they end with a zero byte."""
        text = bytearray()
        while not text.endswith(b"\0"):
            piece = self._answers.read(1)
            if not piece:
                raise RuntimeError(f"The browser ended with {self._process.wait()}.")
            text += piece
        return bytes(text[:-1])
