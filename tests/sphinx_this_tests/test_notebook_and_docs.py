"""A notebook and the docs show the same source of a test."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sites import Site

from this_tests import show, this_tests
from this_tests.source.parsing import statements

SOURCE = """\
from sample import degree

try:
    import fast
except ImportError:

    def test_slow():
        assert degree(None, "a") == 0

match fast:
    case None:

        def test_matched():
            assert degree(None, "b") == 0
"""
SHOWN = {
    "test_slow": 'def test_slow():\n    assert degree(None, "a") == 0',
    "test_matched": 'def test_matched():\n    assert degree(None, "b") == 0',
}


@pytest.mark.slow
@pytest.mark.parametrize("test", SHOWN)
def test_a_test_below_a_statement_has_the_same_source_in_both(
    site: Site, monkeypatch: pytest.MonkeyPatch, test: str
) -> None:
    this_tests(show, statements, "sphinx_this_tests.build.Build")
    site.add("pages.txt")
    site.write("tests/test_below.py", SOURCE)
    site.declare(degree=f"tests/test_below.py::{test}")
    assert _in_a_notebook("sample.degree", site.root, monkeypatch) == SHOWN[test]
    section = site.build().section("sample.degree", "degree.html")
    assert section.select_one("pre").get_text().strip() == SHOWN[test]


def _in_a_notebook(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the source that `show` displays in a notebook."""
    displayed: list[object] = []
    monkeypatch.chdir(folder)
    monkeypatch.setattr("IPython.get_ipython", object)
    monkeypatch.setattr("IPython.display.display", displayed.append)
    show(name)
    return BeautifulSoup(displayed[0]._repr_html_(), "html.parser").select_one("pre").get_text().strip()
