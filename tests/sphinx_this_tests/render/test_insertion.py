"""The place of a section in a page, and what the insertion leaves unchanged."""

import pytest
from bs4 import Tag
from sites import Site

from sphinx_this_tests.render.insertion import place
from sphinx_this_tests.render.page_frame import NAME, clone
from this_tests import this_tests

TEST = "tests/test_graphs.py::test_degree"


def order(site: Site, text: str, name: str = "sample.C", kind: str = "dd") -> list[str]:
    """Return the siblings of the section of *name*: their texts, and `*` for the section."""
    site.write(
        "docs/conf.py",
        'extensions = ["sphinx.ext.autosummary", "sphinx_this_tests"]\nautosummary_generate = False\n',
    )
    site.write("docs/index.rst", f":orphan:\n\nTitle\n=====\n\n{text}")
    site.register({name: {"declared": {TEST: {}}}})
    built = site.build(this_tests_show_missing=False)
    assert built.warnings == ""
    parent = built.section(name).find_parent(kind)
    assert parent
    return [
        "*" if "this-tests" in element.get("class", []) else words(element)
        for element in parent.find_all(True, recursive=False)
    ]


def words(element: Tag) -> str:
    return " ".join(element.get_text(" ").split()[:2])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".. py:class:: sample.C\n", ["*"]),
        (".. py:class:: sample.C\n\n   One two.\n\n   Three four.\n", ["One two.", "Three four.", "*"]),
        (".. py:class:: sample.C\n\n   One two.\n\n   .. py:method:: m()\n", ["One two.", "*", "m ("]),
        (
            ".. py:class:: sample.C\n\n   One two.\n\n   .. rubric:: Its methods\n\n   .. py:method:: m()\n",
            ["One two.", "*", "Its methods", "m ("],
        ),
        (
            ".. py:class:: sample.C\n\n   One two.\n\n   **Its methods:**\n\n   .. py:method:: m()\n",
            ["One two.", "*", "Its methods:", "m ("],
        ),
        (
            ".. py:class:: sample.C\n\n   **One** two.\n\n   .. py:method:: m()\n",
            ["One two.", "*", "m ("],
        ),
        (
            ".. py:class:: sample.C\n\n   One two.\n\n   .. rubric:: Some notes\n\n   Three four.\n\n   .. py:method:: m()\n",
            ["One two.", "Some notes", "Three four.", "*", "m ("],
        ),
        (
            ".. py:class:: sample.C\n\n   One two.\n\n   .. container:: c\n\n      .. py:method:: m()\n\n   Three four.\n",
            ["One two.", "*", "m (", "Three four."],
        ),
    ],
)
def test_a_section_goes_before_the_members_and_what_introduces_them(
    site: Site, text: str, expected: list[str]
):
    this_tests(place)
    assert order(site, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".. py:module:: sample.C\n\nOne two.\n", ["", "Title ¶", "One two.", "*"]),
        (
            "One two.\n\n.. py:module:: sample.C\n\nThree four.\n\n.. py:function:: f()\n",
            ["Title ¶", "One two.", "Three four.", "*", "sample.C. f"],
        ),
        (
            "One two.\n\n.. py:module:: sample.C\n\nThree four.\n\nNext\n----\n\nFive six.\n",
            ["Title ¶", "One two.", "Three four.", "*", "Next ¶"],
        ),
        (
            "One two.\n\n.. py:module:: sample.C\n\nThree four.\n\n.. py:module:: sample.D\n\nFive six.\n",
            ["Title ¶", "One two.", "Three four.", "*", "Five six."],
        ),
    ],
)
def test_the_section_of_a_module_goes_before_what_is_next(site: Site, text: str, expected: list[str]):
    this_tests(place)
    assert order(site, text, kind="section") == expected


def test_overloads_have_one_section(site: Site):
    this_tests("sphinx_this_tests.doctree.collector.described")
    assert order(site, ".. py:function:: sample.C(a)\n                 sample.C(a, b)\n\n   One two.\n") == [
        "One two.",
        "*",
    ]


def test_what_is_not_typeset_has_no_section(site: Site):
    this_tests("sphinx_this_tests.doctree.collector.described")
    site.write("docs/conf.py", 'extensions = ["sphinx_this_tests"]\n')
    site.write("docs/index.rst", "Title\n=====\n\n.. py:function:: sample.f()\n   :no-typesetting:\n")
    site.register({"sample.f": {"declared": {TEST: {}}}})
    assert site.build().sections() == {}


def test_pages_are_made_from_one_frame(tmp_path):
    this_tests(clone)
    frame = tmp_path / f"{NAME}.html"
    frame.write_text(
        f"<title>this-tests-mark-of-title</title><link href='{NAME}.html'>this-tests-mark-of-body",
        encoding="utf-8",
    )

    clone(frame, {"pkg.f": ("Tests <of>", "<p>ü</p>"), "pkg.g": ("G", "")})

    assert sorted(path.name for path in tmp_path.iterdir()) == ["pkg.f.html", "pkg.g.html"]
    page = (tmp_path / "pkg.f.html").read_text(encoding="utf-8")
    assert page == "<title>Tests &lt;of&gt;</title><link href='pkg.f.html'><p>ü</p>"
