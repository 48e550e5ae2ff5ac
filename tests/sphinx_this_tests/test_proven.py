"""Tests that are proven to fail without an object: their label, their place, and when it is gone."""

import pytest
from bs4 import Tag
from observing import store_proofs
from sites import Built, Site

from this_tests import this_tests

pytestmark = [
    pytest.mark.slow,
    pytest.mark.this_tests(
        target=[
            "this_tests.prove.proven.Proven.of",
            "this_tests.docs.content.section.Sections",
            "sphinx_this_tests.inputs.Inputs",
        ]
    ),
]

ADD_EDGE = "tests/test_graphs.py::TestGraph::test_add_edge"
DEGREE = "tests/test_graphs.py::test_degree"
DENSITY = "tests/test_graphs.py::test_density"
LABEL = "fails without it"
SENTENCE = "The test fails if this does nothing."


@pytest.fixture
def pages(site: Site) -> Site:
    """A page for each object; three tests execute `degree`, and only one calls it."""
    site.add("pages.txt")
    examples = {ADD_EDGE: {}, DEGREE: {"direct": True}, DENSITY: {}}
    site.observe({"sample.degree": {"tests": 3, "direct": 1, "examples": examples}})
    return site


def prove(site: Site, *tests: str) -> None:
    store_proofs(site.root, {"sample._core:degree": tests}, {"sample._core:degree": "sample.degree"})


def rows(built: Built) -> dict[str, list[str]]:
    """Return the labels of each test in the section of `degree`, in the order of its rows."""
    return {
        str(row["data-test"]): [label.text for label in row.select(".this-tests-label")]
        for row in built.section("sample.degree", "degree.html").select(".this-tests-test")
    }


def all_pages(built: Built) -> dict[str, str]:
    return {
        path.relative_to(built.outdir).as_posix(): path.read_text() for path in built.outdir.rglob("*.html")
    }


def legend(tag: Tag) -> list[str]:
    return [" ".join(line.text.split()) for line in tag.select(".this-tests-legend p")]


def test_a_proven_test_has_a_label_and_comes_first_of_its_kind(pages: Site):
    prove(pages, DENSITY)
    built = pages.build()
    assert rows(built) == {
        DEGREE: ["direct"],
        DENSITY: ["indirect", LABEL],
        ADD_EDGE: ["indirect"],
    }


def test_the_label_is_explained_for_pointer_touch_and_keyboard(pages: Site):
    prove(pages, DEGREE)
    whole = pages.build().soup("_this_tests/sample.degree.html")
    label = whole.select_one(".this-tests-proven")
    assert (label.text, label["title"]) == (LABEL, SENTENCE)
    # A tooltip alone would be for pointers only.
    assert legend(whole)[0] == f"{LABEL}: {SENTENCE}"


def test_the_page_of_the_test_file_names_what_a_test_cannot_do_without(pages: Site):
    prove(pages, DEGREE)
    page = pages.build().soup("_this_tests/files/tests-test_graphs.py.html")
    shown = [
        item.text for item in page.select(f'[data-test="{DEGREE}"] .this-tests-exercised .this-tests-label')
    ]
    assert shown == ["direct", LABEL]
    assert f"{LABEL}: {SENTENCE}" in legend(page)


def test_a_test_that_the_registry_counts_but_does_not_list_is_shown(pages: Site):
    pages.write("tests/test_more.py", "".join(f"def test_{n}(): pass\n" for n in range(1, 60)))
    examples = {DEGREE: {"direct": True}}
    pages.observe({"sample.degree": {"tests": 60, "direct": 60, "examples": examples}})
    unlisted = "tests/test_more.py::test_57"
    assert unlisted not in rows(pages.build())
    prove(pages, unlisted)
    built = pages.build()
    assert rows(built)[unlisted] == ["direct", LABEL]
    head = built.section("sample.degree", "degree.html").select_one(".this-tests-counts")
    assert head.text == "60 tests · 2 files"


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("sample/_core.py", "return 0\n", "return 2 - 2\n"),
        ("tests/test_graphs.py", "== 0\n\n\ndef", "< 1\n\n\ndef"),
    ],
    ids=["callable", "test"],
)
def test_a_proof_counts_until_the_code_changes(pages: Site, path: str, old: str, new: str):
    prove(pages, DEGREE)
    assert LABEL in pages.build().page("degree.html")
    assert "degree" not in pages.build().written
    source = (pages.root / path).read_text()
    assert old in source
    pages.write(path, source.replace(old, new))
    second = pages.build()
    assert "degree" in second.written
    assert LABEL not in second.page("degree.html")


def test_without_a_proof_that_holds_no_page_differs(pages: Site):
    before = all_pages(pages.build())
    prove(pages, DEGREE)
    source = (pages.root / "sample/_core.py").read_text()
    pages.write("sample/_core.py", source.replace("return 0\n", "return 2 - 2\n"))
    assert all_pages(pages.build()) == before


def test_without_proofs_no_source_is_read_for_them(pages: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("this_tests.prove.proven.CurrentCode", None)
    monkeypatch.setattr("this_tests.prove.proven.load_names", None)
    assert rows(pages.build())[DEGREE] == ["direct"]


def test_other_formats_say_it_in_words(pages: Site):
    this_tests("sphinx_this_tests.render.plain.plain")
    prove(pages, DEGREE)
    assert f"(direct, {LABEL}; " in " ".join(pages.build("text").page("degree.txt").split())


def test_the_label_is_in_the_language_of_the_docs(pages: Site):
    prove(pages, DEGREE)
    assert rows(pages.build(language="de"))[DEGREE] == ["direkt", "scheitert ohne dies"]


def test_the_overview_has_a_column_only_where_something_is_proven(pages: Site):
    this_tests("this_tests.docs.content.overview.overview")
    overview = "_this_tests/overview.html"
    titles = [cell.text for cell in pages.build().soup(overview).select("thead th")]
    assert titles == ["Name", "Tests", "direct", "indirect"]
    prove(pages, DEGREE, DENSITY)
    page = pages.build().soup(overview)
    titles = [cell.text for cell in page.select("thead th")]
    assert titles == ["Name", "Tests", "Proven", "direct", "indirect"]
    cells = {
        str(row["data-api"]): [cell.text for cell in row.select("td")] for row in page.select("tbody tr")
    }
    assert cells["sample.degree"] == ["3", "2", "1", "2"]
    assert cells["sample.density"] == ["none", "", "", ""]
    assert legend(page)[0] == f"Proven: {SENTENCE}"
