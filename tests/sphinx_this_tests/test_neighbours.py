"""Other extensions that look at pages: each generated page comes to them once, and nothing else of ours."""

import importlib.util
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sites import Site

import sphinx_this_tests
from sphinx_this_tests.render import page_frame
from this_tests import this_tests

# Of the other extensions: what they use, Sphinx 9 no longer wants.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:'sphinx.environment.BuildEnvironment.app' is deprecated"),
]

DEGREE = "tests/test_graphs.py::test_degree"
ADD_EDGE = "tests/test_graphs.py::TestGraph::test_add_edge"
OURS = {
    "_this_tests/overview",
    "_this_tests/files/tests-test_graphs.py",
    "_this_tests/files/tests-test_new.py",
    "_this_tests/sample.degree",
    "_this_tests/sample.density",
}
COUNTS = """
def setup(app):
    app.connect("html-page-context", look)

def look(app, pagename, templatename, context, doctree):
    with open(os.path.join(app.outdir, "seen.txt"), "a") as file:
        file.write(f"{pagename} {context.get('title')}\\n")
    context["metatags"] = context.get("metatags", "") + f'<meta name="seen" content="{pagename}" />'
"""


@pytest.fixture
def pages(site: Site) -> Site:
    site.add("pages.txt")
    site.write("tests/test_new.py", "def test_new():\n    degree()\n")
    tests = {test: {} for test in (DEGREE, ADD_EDGE, "tests/test_new.py::test_new")}
    site.register({f"sample.{name}": {"declared": tests} for name in ("degree", "density")})
    return site


def extended(pages: Site, *extensions: str, more: str = "") -> Site:
    """Add extensions to the project, and a handler that counts if *more* has one."""
    if missing := [name for name in extensions if not importlib.util.find_spec(name.partition(".")[0])]:
        pytest.skip(f"needs {missing}")
    names = ["sphinx_this_tests", *extensions]
    pages.write(
        "docs/conf.py",
        f"import os\nextensions = {names!r}\nhtml_baseurl = 'https://docs.example.org/'\n"
        "suppress_warnings = ['this_tests.unknown_name', 'config.cache']\nthis_tests_limit = 1\n"
        f"sitemap_url_scheme = '{{link}}'\nsitemap_show_lastmod = False\n{more}",
    )
    return pages


def on_disk(outdir: Path) -> list[str]:
    return sorted(path.relative_to(outdir).as_posix() for path in outdir.rglob("*.html"))


@pytest.mark.parametrize("builder", ["html", "dirhtml"])
@pytest.mark.parametrize("parallel", [0, 2])
def test_a_handler_sees_each_page_once_and_what_it_adds_is_there(pages: Site, builder: str, parallel: int):
    this_tests(page_frame.collected)
    built = extended(pages, more=COUNTS).build(builder, parallel=parallel)

    seen = (built.outdir / "seen.txt").read_text().splitlines()

    names = Counter(line.partition(" ")[0] for line in seen)
    assert set(names.values()) == {1}
    assert {name for name in names if "this" in name} == OURS
    assert "_this_tests/sample.degree Tests of sample.degree" in seen
    suffix = ".html" if builder == "html" else "/index.html"
    for name in OURS:
        assert f'content="{name}"' in built.page(name + suffix)
    assert len(on_disk(built.outdir)) == len(names)


def test_what_is_unchanged_is_not_shown_to_a_handler_again(pages: Site):
    this_tests(page_frame.collected)
    extended(pages, more=COUNTS).build().outdir.joinpath("seen.txt").unlink()
    tests = {DEGREE: {}, ADD_EDGE: {}}
    pages.register({f"sample.{name}": {"declared": tests} for name in ("degree", "density")})

    seen = (pages.build().outdir / "seen.txt").read_text()

    ours = sorted(re.findall(r"^_this_tests\S*", seen, re.MULTILINE))
    assert ours == ["_this_tests/overview", "_this_tests/sample.degree", "_this_tests/sample.density"]


@pytest.mark.parametrize("parallel", [0, 2])
def test_a_sitemap_lists_the_pages(pages: Site, parallel: int):
    this_tests(sphinx_this_tests.setup)
    built = extended(pages, "sphinx_sitemap").build(parallel=parallel)

    listed = re.findall(r"<loc>https://docs.example.org/(.*?)</loc>", built.page("sitemap.xml"))

    assert built.warnings == ""
    assert sorted(listed) == on_disk(built.outdir)
    assert {f"{name}.html" for name in OURS} <= set(listed)


def test_with_others_the_pages_are_what_they_are_without(pages: Site):
    this_tests(page_frame.collected)
    extensions = ("sphinx_sitemap", "notfound.extension", "sphinx_copybutton")
    alone = extended(pages).build()
    texts = {name: alone.page(f"{name}.html") for name in OURS}
    shutil.rmtree(pages.root / "build")

    built = extended(pages, *extensions).build()

    assert built.warnings == ""
    for name, text in texts.items():
        body = built.soup(f"{name}.html").select_one(".this-tests-page")
        assert body == BeautifulSoup(text, "html.parser").select_one(".this-tests-page")


@pytest.mark.parametrize("theme", ["alabaster", "furo", "pydata_sphinx_theme", "sphinx_rtd_theme"])
def test_a_theme_is_asked_once_for_all_pages_of_a_folder(pages: Site, theme: str):
    """It lays out pages, and nothing else looks at them; to ask it for each takes up to 35 ms."""
    this_tests(page_frame.collected)
    if not importlib.util.find_spec(theme):
        pytest.skip(f"needs {theme}")
    extended(pages, more=RENDERED)
    built = pages.build_apart(html_theme=theme)
    rendered = (built.outdir / "rendered.txt").read_text().split()
    assert len([name for name in rendered if "this" in name]) == 3  # overview, files, all tests
    assert {f"{name}.html" for name in OURS} == {name for name in on_disk(built.outdir) if "_this" in name}


RENDERED = """
from sphinx.builders.html import StandaloneHTMLBuilder

original = StandaloneHTMLBuilder.handle_page

def handle_page(self, pagename, *arguments, **named):
    with open(os.path.join(self.outdir, "rendered.txt"), "a") as file:
        file.write(f"{pagename}\\n")
    return original(self, pagename, *arguments, **named)

StandaloneHTMLBuilder.handle_page = handle_page
"""
