"""Builders other than HTML, and those that write no pages."""

import xml.etree.ElementTree as ET
import zipfile

import pytest
from sites import Site

import sphinx_this_tests
from sphinx_this_tests.render import plain
from this_tests import this_tests
from this_tests.docs import template_loader

DEGREE = "tests/test_graphs.py::test_degree"


@pytest.fixture
def pages(site: Site) -> Site:
    site.add("pages.txt")
    site.register(
        {
            "sample.degree": {
                "declared": {DEGREE: {}},
                "observed": {
                    "tests": 2,
                    "examples": {
                        f"tests/test_graphs.py::TestGraph::test_{name}": {} for name in ("add_edge", "of")
                    },
                },
            }
        }
    )
    return site


def test_text_lists_the_tests_with_their_commands(pages: Site):
    this_tests(plain.plain)
    built = pages.build("text", this_tests_how_to_url="index")

    expected = pages.add("text.txt")

    assert built.page("degree.txt") == expected["degree.txt"]
    assert built.page("density.txt") == expected["density.txt"]
    assert built.warnings == ""


@pytest.mark.parametrize(("limit", "more"), [(1, "and 2 more tests"), (2, "and 1 more test"), (3, "")])
def test_a_list_on_paper_says_how_many_tests_it_leaves_out(pages: Site, limit: int, more: str):
    this_tests(plain.plain, "this_tests.docs.messages.more_tests")
    text = pages.build("text", this_tests_limit=limit).page("degree.txt")
    assert text.count('* "') == limit
    assert text.rstrip().endswith(f"\n   {more}") if more else "more test" not in text


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("site-values.txt", "Tests of sample.Graph\n"),
        ("site-inherited.txt", "Inherited: tests of sample.Graph.add_edge\n"),
    ],
    ids=["the value of an attribute", "a base"],
)
def test_text_tells_whose_tests_they_are(site: Site, case: str, expected: str):
    this_tests(plain.plain)
    site.add("registry.txt")
    site.add(case)
    assert expected in site.build("text").page("index.txt")


# A possible line break inside of code, on paper.
BREAK = r"}}\allowbreak{}\sphinxcode{\sphinxupquote{"


def test_on_paper_a_long_name_may_break(pages: Site):
    this_tests(plain.plain)
    (tex,) = pages.build("latex").outdir.glob("*.tex")
    pieces = ("pytest tests/", r"test\_", "graphs.py::", r"test\_", "degree")
    assert BREAK.join(pieces) in tex.read_text()


def test_latex_has_no_headings_of_ours(pages: Site):
    this_tests(plain.plain)
    built = pages.build("latex", this_tests_source_url="https://example.org/{path}#L{line}")

    (tex,) = (path.read_text().replace(BREAK, "") for path in built.outdir.glob("*.tex"))
    assert r"\sphinxstylestrong{Tests exercising this function} (3 tests)" in tex
    assert r"pytest tests/test\_graphs.py::test\_degree" in tex
    assert r"https://example.org/tests/test\_graphs.py\#L16" in tex
    assert "section*{Tests" not in tex
    assert built.warnings == ""


@pytest.mark.parametrize("builder", ["man", "texinfo", "xml", "pseudoxml"])
def test_other_builders_have_the_command(pages: Site, builder: str):
    this_tests(plain.plain)
    extra = {"man_pages": [("index", "sample", "sample", "", 1)]}

    built = pages.build(builder, **extra)

    text = "".join(
        path.read_text() for path in built.outdir.rglob("*") if path.is_file() and path.suffix != ".info"
    )
    assert "Tests exercising this function" in text
    assert "pytest tests/test_graphs.py::test_degree" in text.replace("\\", "")
    assert built.warnings == ""


def test_epub_is_well_formed_and_brings_the_stylesheet(pages: Site):
    this_tests(template_loader.templates)
    built = pages.build("epub", this_tests_limit=1, epub_show_urls="no", version="1", copyright="A")

    (path,) = built.outdir.glob("*.epub")
    with zipfile.ZipFile(path) as book:
        page = ET.fromstring(book.read("degree.xhtml"))
        assert "_static/this-tests.css" in book.namelist()
    found = [element.get("data-test") for element in page.iter() if element.get("data-test")]
    assert found[0] == DEGREE
    assert len(found) == 3  # the others are collapsed, because EPUB has no generated pages
    assert built.warnings == ""


def test_singlehtml_folds_the_other_tests_and_links_inside_the_page(pages: Site):
    this_tests("this_tests.docs.render.addresses.Addresses.object")
    pages.write(
        "sample/__init__.py", "class Base:\n    def add_edge(self): ...\n\nclass Derived(Base): ...\n"
    )
    pages.write(
        "docs/density.rst",
        "Density\n=======\n\n.. py:class:: sample.Base\n\n   .. py:method:: add_edge()\n\n"
        ".. py:class:: sample.Derived\n\n   .. py:method:: add_edge()\n",
    )
    pages.register(
        {
            "sample.degree": {"declared": {DEGREE: {}, f"{DEGREE}_two": {}}},
            "sample.Base.add_edge": {"declared": {DEGREE: {}}},
        }
    )

    built = pages.build("singlehtml", this_tests_limit=1)

    assert len(built.section("sample.degree").select(".this-tests-others .this-tests-test")) == 1
    link = built.section("sample.Derived.add_edge").select_one(".this-tests-note a")
    assert link
    assert link["href"] == "#sample.Base.add_edge"


def test_dirhtml_links_to_the_page_with_all_tests(pages: Site):
    this_tests("this_tests.docs.render.addresses.Addresses.page")
    built = pages.build("dirhtml", this_tests_limit=1)

    link = built.section("sample.degree", "degree/index.html").select_one(".this-tests-foot a")

    assert link
    assert link["href"] == "../_this_tests/sample.degree/"
    assert (built.outdir / "_this_tests/sample.degree/index.html").is_file()


@pytest.mark.parametrize("builder", ["gettext", "dummy", "linkcheck"])
def test_builders_that_write_no_pages_get_nothing(pages: Site, builder: str):
    this_tests(sphinx_this_tests.setup)
    url = "https://localhost:1/{path}"

    # Sphinx 7 warns of a default of its own.
    built = pages.build(builder, this_tests_source_url=url, linkcheck_report_timeouts_as_broken=False)

    texts = [path.read_text() for path in built.outdir.rglob("*") if path.is_file()]
    assert not any("exercising" in text or "localhost" in text for text in texts)
    assert built.warnings == ""


def test_the_stylesheet_is_added_where_html_is_built_and_only_there(pages: Site):
    this_tests(sphinx_this_tests.setup)
    html, text = pages.build("html"), pages.build("text")

    assert (html.outdir / "_static/this-tests.css").is_file()
    assert "_static/this-tests.css" in html.page("degree.html")
    assert not list(text.outdir.rglob("*.css"))


def test_a_project_can_replace_the_stylesheet(pages: Site):
    this_tests(sphinx_this_tests.setup)
    pages.write("docs/_static/this-tests.css", "/* ours */")

    built = pages.build(html_static_path=["_static"])

    assert built.page("_static/this-tests.css") == "/* ours */"


def test_the_page_with_all_tests_lists_them_and_leads_back(pages: Site):
    this_tests("this_tests.docs.render.addresses.Addresses.page_of_all")
    built = pages.build(this_tests_limit=1)

    page = built.soup("_this_tests/sample.degree.html")

    assert [test["data-test"] for test in page.select(".this-tests-test")] == [
        DEGREE,
        "tests/test_graphs.py::TestGraph::test_add_edge",
        "tests/test_graphs.py::TestGraph::test_of",
    ]
    back = page.select_one("h1 a")
    assert back
    assert back["href"] == "../degree.html#sample.degree"
    assert not (built.outdir / "_this_tests/sample.Graph.html").exists()


def test_names_that_differ_in_capitals_only_have_pages_of_their_own(pages: Site):
    this_tests("this_tests.docs.render.addresses.Addresses.page_of_all")
    pages.write("docs/density.rst", "Density\n=======\n\n.. py:function:: sample.Degree()\n")
    two = {"declared": {DEGREE: {}, f"{DEGREE}_two": {}}}
    pages.register({"sample.degree": two, "sample.Degree": two})

    built = pages.build(this_tests_limit=1)

    assert len({path.name.casefold() for path in (built.outdir / "_this_tests").glob("sample.*")}) == 2


def test_sections_stay_out_of_the_search_index(pages: Site):
    this_tests(sphinx_this_tests.setup)
    built = pages.build()

    index = built.page("searchindex.js")

    assert "exercis" not in index
    assert "test_degre" not in index
