"""The section in the themes that most projects use, and in a real browser."""

import shutil
import subprocess
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sites import Site

import sphinx_this_tests
from this_tests import this_tests

THEMES = ("alabaster", "furo", "pydata_sphinx_theme", "sphinx_rtd_theme")
DEGREE = "tests/test_graphs.py::test_degree"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def themed(site: Site) -> Site:
    site.add("registry.txt")
    site.add("site-autodoc.txt")
    return site


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_shows_the_sections(themed: Site, theme: str):
    this_tests(sphinx_this_tests.setup)
    built = themed.build(html_theme=theme, this_tests_limit=1)

    assert built.warnings == ""
    assert built.tests("sample.degree") == [DEGREE]
    assert "this-tests.css" in built.page()
    assert built.soup("_this_tests/sample.degree.html").select_one(".this-tests-all .this-tests-test")


def test_the_copy_button_finds_the_command(themed: Site):
    """sphinx-copybutton puts its button into each ``div.highlight pre``, and copies its text."""
    this_tests(sphinx_this_tests.setup)
    themed.write(
        "docs/conf.py", 'extensions = ["sphinx.ext.autodoc", "sphinx_copybutton", "sphinx_this_tests"]\n'
    )

    section = themed.build().section("sample.degree")

    assert f"pytest {DEGREE}" in [each.text for each in section.select("div.highlight pre")]


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium on the PATH")
@pytest.mark.parametrize("theme", THEMES)
def test_a_browser_folds_the_section_and_shows_what_is_in_it(themed: Site, theme: str, tmp_path: Path):
    this_tests(sphinx_this_tests.setup)
    built = themed.build(html_theme=theme)
    measure = """<script>addEventListener("load", () => {
      const section = document.querySelector('.this-tests[data-api="sample.degree"]');
      const row = section.querySelector(".this-tests-test");
      const place = row.querySelector(".this-tests-place");
      const height = element => Math.round(element.getBoundingClientRect().height);
      const say = (name, value) => document.body.setAttribute("data-" + name, value);
      const width = document.documentElement.scrollWidth;
      say("closed", height(section));
      section.querySelector("summary").click();
      say("opened", height(section));
      const [link, box] = [place, section].map(each => each.getBoundingClientRect());
      say("inside", link.right <= box.right && link.left >= box.left);
      say("wide", document.documentElement.scrollWidth <= width);
      say("opaque", getComputedStyle(section).backgroundColor);
    })</script>"""
    page = built.outdir / "index.html"
    page.write_text(built.page().replace("</body>", f"{measure}</body>"))

    body = BeautifulSoup(rendered(page, tmp_path), "html.parser").body

    assert body
    assert 0 < int(body["data-closed"]) < 60
    assert int(body["data-opened"]) > int(body["data-closed"]) + 100
    assert body["data-inside"] == "true"
    assert body["data-wide"] == "true"
    assert body["data-opaque"] == "rgba(0, 0, 0, 0)"


def rendered(page: Path, folder: Path) -> str:
    """Return the page as the browser has it once its scripts have run."""
    assert CHROMIUM
    quiet = [
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", *quiet]
    ran = subprocess.run(
        [
            *command,
            f"--user-data-dir={folder / 'profile'}",
            "--window-size=900,900",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ran.stdout
