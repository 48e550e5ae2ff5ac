"""The section in the themes that most projects use, and in a real browser."""

import importlib.util

import pytest
from browser import Browser
from sites import Built, Site

import sphinx_this_tests
from this_tests import this_tests

# sphinx-immaterial 0.13 cannot build anything with Sphinx 9 from Python 3.11.
THEMES = (
    "alabaster",
    "furo",
    "pydata_sphinx_theme",
    "sphinx_book_theme",
    "sphinx_rtd_theme",
)
DEGREE = "tests/test_graphs.py::test_degree"


@pytest.fixture
def themed(site: Site) -> Site:
    site.add("registry.txt")
    site.add("site-autodoc.txt")
    return site


def in_theme(themed: Site, theme: str, **settings: object) -> Built:
    if not importlib.util.find_spec(theme):
        pytest.skip(f"needs {theme}")
    # sphinx-book-theme adds a folder to the list it finds, which by default is the same for all builds
    # of a process.
    return themed.build(html_theme=theme, templates_path=[], **settings)


# Some themes use what Sphinx deprecates.
@pytest.mark.filterwarnings("ignore:.* is deprecated. Check CHANGES")
@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_shows_the_sections(themed: Site, theme: str):
    this_tests(sphinx_this_tests.setup)
    built = in_theme(themed, theme, this_tests_limit=1)

    assert built.warnings == ""
    assert built.soup("_this_tests/overview.html").select("tbody tr")
    assert built.soup("_this_tests/files/tests-test_graphs.py.html").select("[data-test]")
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
@pytest.mark.filterwarnings("ignore:.* is deprecated. Check CHANGES")
@pytest.mark.parametrize("theme", THEMES)
def test_a_browser_folds_the_section_and_shows_what_is_in_it(themed: Site, theme: str, browser: Browser):
    this_tests(sphinx_this_tests.setup)
    built = in_theme(themed, theme)

    said = browser.run(
        built.outdir / "index.html",
        """
        const section = document.querySelector('.this-tests[data-api="sample.degree"]');
        const row = section.querySelector(".this-tests-test");
        const height = element => Math.round(element.getBoundingClientRect().height);
        const width = document.documentElement.scrollWidth;
        say("closed", height(section));
        section.querySelector("summary").click();
        say("opened", height(section));
        const [link, box] = [row.querySelector(".this-tests-place"), section].map(each => each.getBoundingClientRect());
        say("inside", link.right <= box.right && link.left >= box.left);
        say("wide", document.documentElement.scrollWidth <= width);
        say("opaque", getComputedStyle(section).backgroundColor);
        """,
    )

    assert 0 < int(said["closed"]) < 60
    assert int(said["opened"]) > int(said["closed"]) + 100
    assert (said["inside"], said["wide"], said["opaque"]) == ("true", "true", "rgba(0, 0, 0, 0)")
