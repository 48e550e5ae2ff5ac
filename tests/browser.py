"""Headless Chromium: loads a page, runs its scripts, and returns what a script reports."""

import os
import shutil
import subprocess
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
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


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files, and prints no log."""

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class Browser:
    """Chromium, with a profile of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._base = ""

    def run(self, page: Path, script: str, *options: str) -> dict[str, str]:
        """Return what *script* says of a page when that is loaded: it calls ``say(name, value)``."""
        body = self.body(page, f"addEventListener('load', async () => {{ {script} }})", *options)
        return {name.removeprefix("data-"): str(value) for name, value in body.attrs.items()}

    def served(self, root: Path, page: str, script: str, *options: str) -> dict[str, str]:
        """Return what *script* says of a page that a server has, with all below *root*."""
        handler = partial(QuietHandler, directory=str(root))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            thread = Thread(target=server.serve_forever)
            thread.start()
            self._base = f"http://127.0.0.1:{server.server_port}/{page.rpartition('/')[0]}"
            try:
                return self.run(root / page, script, *options)
            finally:
                self._base = ""
                server.shutdown()
                thread.join()

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
        address = f"{self._base}/{page.name}" if self._base else page.as_uri()
        command = [CHROMIUM, *flags, "--dump-dom", address]
        return subprocess.run(command, capture_output=True, text=True, timeout=240, check=True).stdout


def framed(page: Path, width: int) -> Path:
    """Return a page that shows another in a frame, because no window is that narrow."""
    outer = page.with_name("outer.html")
    outer.write_text(
        f'<!doctype html><body><iframe src="{page.name}" width="{width}" height="900"></iframe></body>'
    )
    return outer


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    """Chromium; without it, a test is skipped, or fails if Chromium is required."""
    if CHROMIUM:
        return Browser(tmp_path)
    if os.environ.get("THIS_TESTS_REQUIRE_BROWSER"):
        pytest.fail("THIS_TESTS_REQUIRE_BROWSER is set, but there is no Chromium on the PATH")
    pytest.skip("needs Chromium on the PATH")


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The accessibility checker axe-core, from npm."""
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("needs npm, for axe-core")
    folder = tmp_path_factory.mktemp("axe")
    shutil.copy(Path(__file__).parent / "sphinx_this_tests" / "package.json", folder)
    ran = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        pytest.skip(f"npm cannot install axe-core: {ran.stderr[-300:]}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
