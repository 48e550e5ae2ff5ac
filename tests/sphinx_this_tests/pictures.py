"""Take the pictures of the docs with headless Chromium: ``make demo``, ``python tests/sphinx_this_tests/pictures.py``.

The demonstration's docs are built once more in each theme. Each picture shows one function of
einops's real page, with its section unfolded; everything else of the page's text is left out,
so that the picture is small. The last shows the overview. sphinx-immaterial is installed by
``make test`` on Python 3.11 alone.
"""

import os
import subprocess
import sys
import tempfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from browser import OPTIONS
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
DEMO = ROOT / ".demo"
STATIC = ROOT / "docs" / "_static"

# Each theme with the further settings that it needs.
THEMES = {
    "alabaster": "",
    "furo": "",
    "pydata_sphinx_theme": "",
    "sphinx_book_theme": "",
    "sphinx_immaterial": """
extensions.append("sphinx_immaterial")
html_theme_options = {
    "font": False,
    "palette": [
        {"media": f"(prefers-color-scheme: {shade})", "scheme": scheme}
        for shade, scheme in (("light", "default"), ("dark", "slate"))
    ],
}
""",
    "sphinx_rtd_theme": "",
}
# Themes without a dark mode look the same for readers who prefer dark pages.
LIGHT = ("alabaster", "sphinx_rtd_theme")


def main() -> None:
    """Take all pictures."""
    if not (DEMO / "library").exists():
        sys.exit(f"{DEMO}: no such folder; run make demo first")
    for theme in THEMES:
        site = build(theme)
        page = cut_down(site / "operations.html", "einops.pack")
        for dark in (False,) if theme in LIGHT else (False, True):
            take(page, STATIC / f"section-{theme}{'-dark' if dark else ''}.png", dark=dark)
    site = build("furo")
    page = cut_down(site / "operations.html", "einops.pack")
    take(page, STATIC / "section.png", dark=False)
    take(page, STATIC / "section-dark.png", dark=True)
    take(site / "_this_tests" / "overview.html", STATIC / "overview.png", dark=False)


def build(theme: str) -> Path:
    """Build the demonstration's docs in *theme*, and return the site."""
    docs, into = ROOT / "demo" / "docs", DEMO / "pictures" / theme
    into.mkdir(parents=True, exist_ok=True)
    same = f"import runpy\nglobals().update(runpy.run_path({str(docs / 'conf.py')!r}))\n"
    (into / "conf.py").write_text(f"{same}html_theme = {theme!r}\n{THEMES[theme]}", encoding="utf-8")
    site = into / "site"
    paths = os.pathsep.join([str(DEMO / "library"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "sphinx", "-q", "-E", "-c", str(into), str(docs), str(site)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": paths})
    return site


def cut_down(page: Path, name: str) -> Path:
    """Write a copy of *page* that has only the entry of *name*, with its section expanded."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    entry = soup.find(id=name).find_parent("dl")
    for other in entry.find_previous_siblings() + entry.find_next_siblings():
        if other.name != "h1":
            other.decompose()
    entry.find_next("details", class_="this-tests")["open"] = ""
    copy = page.with_name("picture.html")
    copy.write_text(str(soup), encoding="utf-8")
    return copy


class Quiet(SimpleHTTPRequestHandler):
    """A handler that does not print each request."""

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def take(page: Path, picture: Path, *, dark: bool) -> None:
    """Take a picture of *page*, as a server gives it: from the disk, a section cannot fetch its rows."""
    # It lies in the site's folder, or one below.
    site = next(folder for folder in page.parents if (folder / "objects.inv").exists())
    server = ThreadingHTTPServer(("localhost", 0), partial(Quiet, directory=str(site)))
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://localhost:{server.server_port}/{page.relative_to(site).as_posix()}"
    with tempfile.TemporaryDirectory() as profile:
        command = [
            "chromium",
            *(f"--{option}" for option in (*OPTIONS, "hide-scrollbars")),
            f"--user-data-dir={profile}",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            "--window-size=1180,1420",
            "--virtual-time-budget=10000",
            f"--screenshot={picture}",
            url,
        ]
        subprocess.run(command, check=True, capture_output=True)
    server.shutdown()
    print(picture)  # noqa: T201  # what is done


if __name__ == "__main__":
    main()
