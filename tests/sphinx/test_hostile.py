"""Nothing from the registry or from test sources reaches a page unescaped."""

import pytest
from bs4 import BeautifulSoup
from sites import Built, Site

import sphinx_this_tests
from this_tests import this_tests

BAD = "<script>alert(1)</script>"
TESTS = {
    f"tests/test_evil.py::{BAD}": {},
    f"tests/{BAD}.py::test_it": {},
    'tests/test_evil.py::"onmouseover="alert(1)': {},
    "tests/test_evil.py::test_evil": {},
    "tests/test_evil.py::`x <javascript:1>`_": {},
    "tests/test_evil.py::test_it; rm -rf ~ $(date)": {},
    "javascript:alert(1)": {},
    "{{ 7 * 7 }}": {},
    "": {},
    "::::": {},
    "tests/test_evil.py::" + "x" * 10_000: {},
    "tests/\u202etest.py::\x07\ud7ff": {},
}
SOURCE = '''
def test_evil():
    """</code><img src=x onerror=alert(1)> **bold** `link <javascript:alert(1)>`_ |subst| {{ 7 * 7 }}"""
    degree("</pre><script>alert(2)</script>")
'''


@pytest.fixture
def evil(site: Site) -> Site:
    site.add("pages.txt")
    site.write("tests/test_evil.py", SOURCE)
    site.register(
        {
            "sample.degree": {"declared": TESTS},
            f"sample.{BAD}": {"declared": TESTS},
            "sample.Base.add_edge": {
                "aliases": ["sample.Graph.add_edge"],
                "declared": {f"tests/test_evil.py::{BAD}": {}},
            },
            f"sample.{BAD}.of": {"aliases": ["sample.Graph.of"], "declared": TESTS},
        },
        {"tests/test_evil.py::test_evil": {"outcome": "xfailed", "markers": [BAD, '"><b>']}},
    )
    return site


def dangers(page: BeautifulSoup) -> list[str]:
    """Return what a page has that nobody put there on purpose."""
    ours = page.select(".this-tests, .this-tests-all")
    return [
        str(each)
        for section in ours
        for each in section.find_all(True)
        if each.name in {"script", "img", "b", "iframe"}
        or any(name.startswith("on") for name in each.attrs)
        or str(each.get("href", "")).lower().startswith(("javascript", "data"))
    ]


def build(site: Site, **settings: object) -> Built:
    return site.build(
        this_tests_source_url="https://example.org/{path}#L{line}",
        suppress_warnings=["this_tests"],
        **settings,
    )


@pytest.mark.parametrize("limit", [5, 50])
def test_what_is_hostile_is_text_on_a_page(evil: Site, limit: int):
    this_tests(sphinx_this_tests.render.templates)
    built = build(evil, this_tests_limit=limit)

    assert built.warnings == ""
    for path in built.outdir.rglob("*.html"):
        assert dangers(built.soup(str(path))) == []
        assert "alert(1)</script>" not in path.read_text().replace("&lt;", "<") or BAD not in path.read_text()
        assert "49" not in built.soup(str(path)).get_text()


def test_a_script_finds_the_node_ids_as_they_are(evil: Site):
    this_tests(sphinx_this_tests.setup)
    built = build(evil, this_tests_limit=50)
    assert set(built.tests("sample.degree", "degree.html")) == set(TESTS)


def test_the_command_is_one_word_for_a_shell(evil: Site):
    this_tests("sphinx_this_tests.section.Row.command")
    built = build(evil, this_tests_limit=50)
    commands = [
        each.text for each in built.section("sample.degree", "degree.html").select(".this-tests-command pre")
    ]
    assert "pytest 'tests/test_evil.py::test_it; rm -rf ~ $(date)'" in commands


@pytest.mark.parametrize("builder", ["text", "latex", "man", "epub", "singlehtml", "xml"])
def test_other_builders_take_it_too(evil: Site, builder: str):
    this_tests(sphinx_this_tests.render.plain)
    extra = {"man_pages": [("index", "sample", "sample", "", 1)], "version": "1", "copyright": "A"}
    built = evil.build(builder, suppress_warnings=["this_tests"], this_tests_limit=50, **extra)
    assert built.warnings == ""


def test_a_docstring_is_no_markup(evil: Site):
    this_tests(sphinx_this_tests.render.plain)
    text = evil.build("text", suppress_warnings=["this_tests"], this_tests_limit=50).page("degree.txt")
    assert "**bold**" in " ".join(text.split())
