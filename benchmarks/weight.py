"""How much larger the sections make pages: those of five libraries with the extension, against bare ones.

    python benchmarks/weight.py click=CHECKOUT attrs=CHECKOUT …

CHECKOUT holds a library's source with its tests, after a run with `pytest --this-tests-observe` there; the
packages that its documentation needs are installed. It is built twice, with our settings at their
defaults; nothing is written into it.

Printed by library, for the pages that have sections:

- bytes, gzip: the HTML, and each page compressed by itself, as servers send it, by that of the bare pages;
- worst: the page that grows most by bytes, and how much;
- genindex: the general index, in bytes;
- height: all pages together in Chromium, 1280 pixels wide, folded as they are at first; `-` without it;
- site: all HTML of the site, with the generated pages;
- seconds: the processor time of the build.
"""

import argparse
import gzip
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import child_seconds

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = (
    "headless",
    "no-sandbox",
    "disable-gpu",
    "no-first-run",
    "disable-background-networking",
    "disable-sync",
)
# The extension is loaded as Sphinx's own are, before those of conf.py.
BUILD = """
import sys
from sphinx import application
from sphinx.cmd.build import main
application.builtin_extensions += tuple(sys.argv[1].split())
sys.exit(main(sys.argv[2:]))
"""
MEASURE = """<script>addEventListener("load", () =>
document.body.setAttribute("data-height", document.documentElement.scrollHeight))</script></body>"""
POLICY = """<meta http-equiv="Content-Security-Policy" content="default-src file: 'unsafe-inline' data:">"""
SECTION = re.compile(r'class="this-tests[ "]')


@dataclass(frozen=True)
class Pair:
    """A page without the sections, and with them."""

    name: str
    bare: Path
    ours: Path

    def ratio(self) -> float:
        """Return how much larger it is with them."""
        return _size(self.ours) / _size(self.bare)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sites", nargs="*", metavar="SITE=CHECKOUT")
    parser.add_argument("--into", type=Path, help="the folder for the builds, which are kept")
    parser.add_argument("--no-heights", action="store_true", help="no browser")
    options = parser.parse_args()
    if not options.sites:
        print("weight.py needs checkouts of libraries; skipped")
        return
    into = options.into or Path(tempfile.mkdtemp())
    print("| Library | Pages | Bytes | gzip | Worst | genindex | Height | Site | Seconds |")
    print(f"|{' --- |' * 9}")
    browser = bool(CHROMIUM) and not options.no_heights
    for given in options.sites:
        site, _, checkout = given.partition("=")
        row = measured(site, Path(checkout), into / site, browser=browser)
        print(f"| {' | '.join(row)} |", flush=True)
    if not options.into:
        shutil.rmtree(into)


def measured(site: str, checkout: Path, into: Path, *, browser: bool) -> Sequence[str]:
    """Build a site twice, and return its row of the table."""
    docs = next(
        path.parent
        for path in map(checkout.joinpath, ("docs/conf.py", "doc/source/conf.py"))
        if path.exists()
    )
    without, seconds = build(docs, into / "bare", ""), build(docs, into / "ours", "sphinx_this_tests")
    pairs = list(pages(into / "bare", into / "ours"))
    worst = max(pairs, key=Pair.ratio)
    index = Pair("genindex", into / "bare" / "genindex.html", into / "ours" / "genindex.html")
    return (
        site,
        str(len(pairs)),
        _ratio(sum(_size(pair.ours) for pair in pairs), sum(_size(pair.bare) for pair in pairs)),
        _ratio(sum(_packed(pair.ours) for pair in pairs), sum(_packed(pair.bare) for pair in pairs)),
        f"{worst.name} {worst.ratio():.2f}",
        f"{index.ratio():.2f}",
        heights(pairs, into) if browser else "-",
        _ratio(
            sum(map(_size, (into / "ours").rglob("*.html"))), sum(map(_size, (into / "bare").rglob("*.html")))
        ),
        _ratio(seconds, without),
    )


def build(docs: Path, out: Path, extension: str) -> float:
    """Build a site with one more extension, and return the CPU seconds."""
    shutil.rmtree(out, ignore_errors=True)
    doctrees = out.with_name(f"{out.name}-doctrees")
    shutil.rmtree(doctrees, ignore_errors=True)
    arguments = [
        "-c",
        BUILD,
        extension,
        "-Q",
        "-b",
        "html",
        "-d",
        str(doctrees.resolve()),
        ".",
        str(out.resolve()),
    ]
    return child_seconds(arguments, docs, PYTHONHASHSEED="0")


def pages(bare: Path, ours: Path) -> Iterable[Pair]:
    """Yield the pages that have sections."""
    for page in sorted(bare.rglob("*.html")):
        name = page.relative_to(bare)
        if SECTION.search((ours / name).read_text(encoding="utf-8")):
            yield Pair(name.with_suffix("").as_posix(), page, ours / name)


def heights(pairs: Iterable[Pair], into: Path) -> str:
    """Return by how much the pages are higher in Chromium."""
    pairs = list(pairs)
    ours, bare = (
        sum(height(page, into) for page in side)
        for side in zip(*((p.ours, p.bare) for p in pairs), strict=True)
    )
    return _ratio(ours, bare)


def height(page: Path, into: Path) -> int:
    """Return the height of a page in pixels."""
    copy = page.with_name("this-tests-measured.html")
    text = page.read_text(encoding="utf-8")
    # Nothing outside this machine is asked for anything.
    copy.write_text(
        text.replace("<head>", f"<head>{POLICY}", 1).replace("</body>", MEASURE), encoding="utf-8"
    )
    flags = [
        f"--{option}" for option in (*OPTIONS, f"user-data-dir={into / 'profile'}", "window-size=1280,900")
    ]
    command = [str(CHROMIUM), *flags, "--virtual-time-budget=5000", "--dump-dom", copy.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True).stdout
    copy.unlink()
    found = re.search(r'data-height="(\d+)"', shown)
    assert found, page
    return int(found[1])


def _ratio(measured: float, bare: float) -> str:
    return f"{measured / bare:.2f}"


def _size(page: Path) -> int:
    return page.stat().st_size


def _packed(page: Path) -> int:
    return len(gzip.compress(page.read_bytes()))


if __name__ == "__main__":
    main()
