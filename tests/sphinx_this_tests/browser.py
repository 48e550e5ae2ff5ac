"""Headless Chromium: loads a page, runs its scripts, and returns what a script reports."""

import shutil
import subprocess
from pathlib import Path

from bs4 import BeautifulSoup, Tag

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

# The options keep Chromium from talking to the network and from asking anything.
OPTIONS = (
    "headless",
    "no-sandbox",
    "disable-gpu",
    "disable-quic",
    "no-first-run",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
)


class Browser:
    """Chromium, with a profile of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, page: Path, script: str, *options: str) -> dict[str, str]:
        """Return what *script* says of a page when that is loaded: it calls ``say(name, value)``."""
        body = self.body(page, f"addEventListener('load', async () => {{ {script} }})", *options)
        return {name.removeprefix("data-"): str(value) for name, value in body.attrs.items()}

    def body(self, page: Path, script: str, *options: str) -> Tag:
        """Return the body of a page with *script* added to it."""
        text = page.read_text(encoding="utf-8")
        say = "const say = (name, value) => document.body.setAttribute('data-' + name, value);"
        copy = page.with_name("with-script.html")
        copy.write_text(text.replace("</body>", f"<script>{say}{script}</script></body>"), encoding="utf-8")
        body = BeautifulSoup(self._rendered(copy, options), "html.parser").body
        assert body
        return body

    def _rendered(self, page: Path, options: tuple[str, ...]) -> str:
        assert CHROMIUM
        profile = self._folder / "profile"
        flags = [
            f"--{option}"
            for option in (*OPTIONS, f"user-data-dir={profile}", "window-size=900,900", *options)
        ]
        command = [CHROMIUM, *flags, "--dump-dom", page.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=240, check=True).stdout


def framed(page: Path, width: int) -> Path:
    """Return a page that shows another in a frame, because no window is that narrow."""
    outer = page.with_name("outer.html")
    outer.write_text(
        f'<!doctype html><body><iframe src="{page.name}" width="{width}" height="900"></iframe></body>'
    )
    return outer
