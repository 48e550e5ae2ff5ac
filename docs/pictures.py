"""Take the pictures of the docs from the pages that ``make demo`` built, with headless Chromium.

Each picture shows one function of einops's real page, with its section unfolded; everything
else of the page's text is left out, so that the picture is small.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from bs4 import BeautifulSoup

HERE = Path(__file__).parent
SITE = HERE.parent / ".demo" / "site"

# The options keep Chromium from talking to the network and from asking anything.
OPTIONS = [
    "headless",
    "no-sandbox",
    "disable-gpu",
    "disable-quic",
    "no-first-run",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
    "hide-scrollbars",
]


def main() -> None:
    """Take all pictures."""
    if not SITE.exists():
        sys.exit(f"{SITE}: no such folder; run make demo first")
    page = cut_down(SITE / "operations.html", "einops.pack")
    take(page, HERE / "_static" / "section.png", dark=False)
    take(page, HERE / "_static" / "section-dark.png", dark=True)
    page.unlink()


def cut_down(page: Path, name: str) -> Path:
    """Write a copy of *page* that holds the entry of *name* alone, its section unfolded."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    entry = soup.find(id=name).find_parent("dl")
    for other in entry.find_previous_siblings() + entry.find_next_siblings():
        if other.name != "h1":
            other.decompose()
    entry.find_next("details", class_="this-tests")["open"] = ""
    copy = page.with_name("picture.html")
    copy.write_text(str(soup), encoding="utf-8")
    return copy


def take(page: Path, picture: Path, *, dark: bool) -> None:
    """Take a picture of *page*."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            "chromium",
            *(f"--{option}" for option in OPTIONS),
            f"--user-data-dir={profile}",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            "--window-size=1180,1420",
            f"--screenshot={picture}",
            page.as_uri(),
        ]
        subprocess.run(command, check=True, capture_output=True)
    print(picture)


if __name__ == "__main__":
    main()
