"""Sections on pages, by the extension that generates the descriptions: each file in ``cases/`` is a test.

With ``REWRITE_CASES=1`` in the environment, the expected side is written anew.
"""

import os

import pytest
from bs4 import Tag
from sites import CASES, Built, Site

import sphinx_this_tests
from this_tests import this_tests

pytestmark = pytest.mark.slow

# Extensions that not every environment has.
OPTIONAL = ("autoapi.extension", "autodoc2", "sphinx_automodapi.automodapi")
SITES = sorted(path.name for path in CASES.glob("site-*.txt"))


def shown(built: Built) -> str:
    """Return what the pages show, one line for each section, note and test."""
    lines: list[str] = []
    for page in sorted(built.outdir.rglob("*.html")):
        found = [
            line
            for section in built.soup(str(page)).select(".this-tests, .this-tests-elsewhere")
            for line in described(built.completed(section, page.relative_to(built.outdir).as_posix()))
        ]
        if found:
            lines += [str(page.relative_to(built.outdir)), *found]
    return "\n".join(lines) + "\n"


def described(section: Tag) -> list[str]:
    if not section.has_attr("data-api"):
        return [f"  {text(section)}"]
    head = section.select_one(".this-tests-head, p")
    notes = section.select(".this-tests-note, .this-tests-foot")
    tests = section.select(".this-tests-test")
    return [
        f"  {section['data-api']}, after {before(section)}: {text(head)}",
        *(f"    {text(note)}" for note in notes),
        *(f"    {test['data-evidence']} {test['data-test']}: {text(test.summary)}" for test in tests),
    ]


def before(section: Tag) -> str:
    previous = section.find_previous_sibling()
    return text(previous)[:40].strip() if previous else "nothing"


def text(element: Tag | None) -> str:
    if not element:
        return ""
    for wbr in element.select("wbr"):
        wbr.decompose()
    element.smooth()
    return " ".join(element.get_text(" ").split())


# Sphinx's napoleon uses functions that Sphinx deprecates.
@pytest.mark.filterwarnings("ignore:The mapping interface for autodoc options")
@pytest.mark.parametrize("case", SITES)
def test_pages_show_the_tests_of_what_they_document(site: Site, case: str):
    this_tests(sphinx_this_tests.setup)
    site.add("registry.txt")
    expected = site.add(case)
    conf = (site.root / "docs" / "conf.py").read_text(encoding="utf-8")
    for producer in OPTIONAL:
        if f'"{producer}"' in conf:
            pytest.importorskip(producer)

    built = site.build()

    if os.environ.get("REWRITE_CASES"):
        head = (CASES / case).read_text(encoding="utf-8").partition("--- expected/")[0]
        (CASES / case).write_text(f"{head}--- expected/sections\n{shown(built)}", encoding="utf-8")
        expected["sections"] = shown(built)
    assert built.warnings == ""
    assert shown(built) == expected["sections"]
