"""The overview, the pages of test files, and references to tests: roles, objects.inv, the index."""

import posixpath
import shutil

import msgspec
import pytest
from sites import Built, Site
from sphinx.util.inventory import InventoryFile

import sphinx_this_tests
from sphinx_this_tests.doctree import domain
from this_tests import Entry, Registry, this_tests
from this_tests.docs.content import overview
from this_tests.docs.content.overview import Item
from this_tests.docs.node_ids import SuiteIndex
from this_tests.registry.model import Observed
from this_tests.registry.store import encode

DEGREE = "tests/test_graphs.py::test_degree"
ADD_EDGE = "tests/test_graphs.py::TestGraph::test_add_edge"
FILE = "_this_tests/files/tests-test_graphs.py.html"
OVERVIEW = "_this_tests/overview.html"


@pytest.fixture
def pages(site: Site) -> Site:
    site.add("pages.txt")
    site.register(
        {
            "sample.degree": {"declared": {DEGREE: {}}, "inferred": {ADD_EDGE: {}}},
            "sample.Graph.add_edge": {
                "declared": {ADD_EDGE: {}},
                "observed": {"tests": 1, "examples": {DEGREE: {}}},
            },
        },
        {ADD_EDGE: {"markers": ["slow"]}},
    )
    return site


def write(pages: Site, text: str) -> None:
    pages.write("docs/how.rst", f":orphan:\n\nHow\n===\n\n{text}\n")


def links(built: Built, page: str, selector: str) -> list[tuple[str, str]]:
    return [(link.text, str(link["href"])) for link in built.soup(page).select(f"{selector} a[href]")]


def export(pages: Site, observed: dict[str, object]) -> None:
    """Write a registry that includes what was *observed* of one function, as `this-tests export` does."""
    found = Registry(callables={"sample.degree": Entry(observed=msgspec.convert(observed, Observed))})
    pages.observe({})
    (pages.root / "test_registry.json").write_bytes(encode(found))


class TestOverview:
    def test_it_lists_the_api_by_module_and_tells_what_has_no_tests(self, pages: Site):
        this_tests(sphinx_this_tests.setup, overview.overview)
        pages.write("tests/test_more.py", "")
        pages.observe({"sample.Graph.add_edge": {"tests": 1200, "direct": 20}})
        built = pages.build()

        soup = built.soup(OVERVIEW)

        assert built.warnings == ""
        assert [cell.text for cell in soup.select("thead th")] == [
            "Name",
            "Tests",
            "declared",
            "direct",
            "indirect",
            "inferred",
        ]
        rows = {row["data-api"]: [cell.text for cell in row.select("td")] for row in soup.select("tbody tr")}
        assert rows == {
            "sample.Graph": ["none", "", "", "", ""],
            "sample.Graph.add_edge": ["1,201", "1", "20", "1,180", ""],
            "sample.degree": ["2", "1", "", "", "1"],
            "sample.density": ["none", "", "", "", ""],
        }
        assert [row["data-api"] for row in soup.select(".this-tests-none")] == [
            "sample.Graph",
            "sample.density",
        ]
        assert "2 of 4 with tests" in soup.text

    def test_it_leads_to_the_descriptions_and_to_the_pages_with_all_tests(self, pages: Site):
        this_tests("this_tests.docs.render.addresses.Addresses.object")
        built = pages.build(this_tests_limit=1)
        assert links(built, OVERVIEW, 'tr[data-api="sample.degree"]') == [
            ("degree", "../degree.html#sample.degree"),
            ("2", "sample.degree.html"),
        ]

    @pytest.mark.parametrize(
        ("name", "there"), [("tests/all", "tests/all.html"), ("", ""), ("all", "all.html")]
    )
    def test_its_name_is_a_setting(self, pages: Site, name: str, there: str):
        this_tests(sphinx_this_tests.config.ConfValues)
        built = pages.build(this_tests_overview=name)
        assert not (built.outdir / OVERVIEW).exists()
        assert not there or built.soup(there).select(".this-tests-overview tbody tr")

    @pytest.mark.parametrize("name", ["../overview", "/overview", "a\\b", "a\nb"])
    def test_it_stays_in_the_output_folder(self, pages: Site, name: str):
        this_tests(sphinx_this_tests.config.problems)
        assert "must be the name of a page" in pages.build(this_tests_overview=name).warnings

    def test_an_author_can_place_it(self, pages: Site):
        this_tests(sphinx_this_tests.doctree.directives.OverviewDirective)
        write(pages, ".. this-tests-overview::")
        built = pages.build()
        assert len(built.soup("how.html").select(".this-tests-overview tbody tr")) == 4
        assert not (built.outdir / OVERVIEW).exists()
        assert ("Tests of the API", "../../how.html") in links(built, FILE, "p")

    @pytest.mark.slow
    def test_where_an_author_placed_it_it_is_kept_up_to_date(self, pages: Site):
        this_tests("sphinx_this_tests.render.output.Output.digests")
        write(pages, ".. this-tests-overview::")
        pages.build()
        pages.declare(degree=DEGREE, density=DEGREE)
        second = pages.build()
        assert {"how", "density"} <= set(second.written)
        assert second.read == []

    @pytest.mark.parametrize("builder", ["text", "latex"])
    def test_elsewhere_it_is_a_list(self, pages: Site, builder: str):
        this_tests("sphinx_this_tests.render.plain.plain_overview")
        write(pages, ".. this-tests-overview::")
        index = (pages.root / "docs" / "index.rst").read_text()
        pages.write("docs/index.rst", f"{index}   how\n")
        built = pages.build(builder)
        text = "".join(path.read_text() for path in built.outdir.glob("*.t*x*")).replace("\\", "")
        assert "2 of 4 with tests" in text
        assert "sample.density" in text[text.index("Without tests:") :]

    def test_modules_are_a_tree(self):
        this_tests(overview.overview)
        items = [
            Item(name, "function", tests, (tests,))
            for name, tests in [("a.b.C.m", 1), ("a.b.C", 0), ("a.d.f", 2), ("g", 0)]
        ]
        made = overview.overview(items, {"a.b.C"}, ["declared"])
        bare, top = made.modules
        assert [bare.name, top.name, [module.name for module in top.modules]] == ["", "a", ["a.b", "a.d"]]
        assert [item.name for item in top.modules[0].items] == ["a.b.C", "a.b.C.m"]
        assert (top.tested, top.total, made.counts) == (2, 3, "2 of 4 with tests")

    def test_a_level_that_says_nothing_is_left_out(self):
        this_tests(overview.overview)
        made = overview.overview([Item("a.b.c.f", "function", 1, (1,))], set(), ["declared"])
        assert [module.name for module in made.modules] == ["a.b.c"]


class TestPageOfAFile:
    def test_it_shows_each_test_and_what_it_exercises(self, pages: Site):
        this_tests("this_tests.docs.content.file_page.FilePages")
        soup = pages.build().soup(FILE)
        shown = {
            test["data-test"]: [
                " ".join(item.text.split()) for item in test.select(".this-tests-exercised li")
            ]
            for test in soup.select("[data-test]")
        }
        assert shown == {
            ADD_EDGE: ["sample.Graph.add_edge declared", "sample.degree inferred"],
            DEGREE: ["sample.degree declared", "sample.Graph.add_edge indirect"],
        }
        assert [heading.text for heading in soup.select("h2")] == ["TestGraph"]
        assert "An edge that is added is there." in soup.text
        assert soup.select_one(".this-tests-mark").text == "slow"

    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            (["a.degree", "sample.degree", "z.degree"], "sample.degree"),
            (["z.degree", "a.degree"], "a.degree"),
        ],
        ids=["that of the registry", "the first"],
    )
    def test_of_several_names_of_a_callable_it_shows_one(self, pages: Site, names: list[str], expected: str):
        this_tests("this_tests.docs.content.file_page.exercised_by")
        pages.register({"sample.degree": {"declared": {DEGREE: {}}}})
        for module in ("a.py", "z.py"):
            pages.write(module, "from sample import degree\n")
        pages.write(
            "docs/degree.rst", "Degree\n======\n\n" + "".join(f".. py:function:: {n}()\n" for n in names)
        )

        (shown,) = pages.build().soup(FILE).select(".this-tests-exercised li")

        assert " ".join(shown.text.split()) == f"{expected} declared"

    def test_it_tells_that_an_exported_file_does_not_name_all_tests(self, pages: Site):
        this_tests("this_tests.docs.content.file_page.FilePages")
        export(pages, {"tests": 1, "direct": 1, "examples": {DEGREE: {"direct": True}}, "more": True})
        assert pages.build().soup(FILE).text.count("Incomplete") == 1

    def test_it_lists_all_that_was_executed(self, pages: Site):
        """Of six tests, the summary lists five."""
        this_tests("this_tests.docs.content.file_page.exercised_by")
        pages.write("tests/test_more.py", "".join(f"def test_{number}(): ...\n" for number in range(1, 7)))
        pages.register({"sample.degree": {"observed": {"tests": 6, "direct": 1}}})
        soup = pages.build().soup("_this_tests/files/tests-test_more.py.html")
        shown = [" ".join(item.text.split()) for item in soup.select(".this-tests-exercised li")]
        assert sorted(shown) == ["sample.degree direct", *["sample.degree indirect"] * 5]
        assert "Incomplete" not in soup.text

    def test_of_very_many_objects_those_run_through_other_code_are_listed_once(self, pages: Site):
        this_tests("this_tests.docs.content.file_page.FilePages.of")
        pages.write("tests/test_more.py", "")
        pages.register({"sample.degree": {"observed": {"tests": 1200, "direct": 1}}})
        soup = pages.build().soup("_this_tests/files/tests-test_more.py.html")
        assert len(soup.select(".this-tests-entries > li")) == 1200
        assert len(soup.select(".this-tests-exercised li")) == 1
        assert [" ".join(item.text.split()) for item in soup.select(".this-tests-names li")] == [
            "sample.degree 1,199 tests"
        ]

    def test_a_section_and_the_page_lead_to_each_other(self, pages: Site):
        this_tests("this_tests.docs.render.addresses.Addresses.test")
        built = pages.build(this_tests_source_url="https://example.org/{path}")
        all_tests = "_this_tests/sample.degree.html"
        assert ("All 2 tests", all_tests) in links(built, "degree.html", ".this-tests")
        there = ("What else it exercises", "files/tests-test_graphs.py.html#test_degree")
        assert there in links(built, all_tests, ".this-tests-test")
        assert ("sample.degree", "../../degree.html#sample.degree") in links(built, FILE, "#test_degree")

    def test_dirhtml_has_folders(self, pages: Site):
        this_tests("this_tests.docs.render.addresses.Addresses.page_of_file")
        built = pages.build("dirhtml")
        page = "_this_tests/files/tests-test_graphs.py/index.html"
        assert ("sample.degree", "../../../degree/#sample.degree") in links(built, page, "#test_degree")

    def test_it_can_be_left_out(self, pages: Site):
        this_tests("this_tests.docs.render.addresses.Addresses.page_of_file")
        built = pages.build(this_tests_file_pages=False)
        assert not (built.outdir / FILE).exists()
        assert "What else" not in built.page("degree.html")
        assert "test:test" not in inventory(built)

    @pytest.mark.slow
    def test_it_is_written_when_it_changes_and_removed_when_it_is_gone(self, pages: Site):
        this_tests("sphinx_this_tests.extension.Extension.collect_pages")
        path = pages.build().outdir / FILE
        before = path.stat().st_mtime_ns
        pages.build()
        assert path.stat().st_mtime_ns == before
        pages.declare(degree=DEGREE)
        pages.build()
        assert ADD_EDGE not in path.read_text()
        pages.declare(degree="tests/test_paths.py::test_shortest")
        pages.build()
        assert not path.exists()

    @pytest.mark.slow
    def test_a_change_of_the_look_reaches_it(self, pages: Site):
        this_tests("sphinx_this_tests.extension.Extension.collect_pages")
        pages.build()
        assert "My new title" in pages.build(html_title="My new title").page(FILE)

    @pytest.mark.slow
    def test_builds_in_a_row_leave_what_a_first_build_leaves(self, pages: Site):
        this_tests("sphinx_this_tests.extension.Extension.collect_pages")
        pages.build()
        pages.declare(degree=DEGREE)
        built = pages.build()
        again = {path.name: path.read_bytes() for path in (built.outdir / "_this_tests").rglob("*.html")}
        shutil.rmtree(pages.root / "build")
        fresh = pages.build().outdir / "_this_tests"
        assert again == {path.name: path.read_bytes() for path in fresh.rglob("*.html")}


def inventory(built: Built) -> dict[str, dict[str, str]]:
    """Return the addresses in the inventory, by type and name."""
    with (built.outdir / "objects.inv").open("rb") as file:
        found = InventoryFile.load(file, "https://e.org", posixpath.join)
    # Each is a tuple before Sphinx 8.2, and named since.
    return {
        kind: {name: getattr(entry, "uri", None) or entry[2] for name, entry in entries.items()}
        for kind, entries in found.items()
    }


class TestPageOfAllTests:
    def test_it_tells_that_an_exported_file_does_not_name_all_tests(self, pages: Site):
        this_tests("this_tests.docs.render.html.HtmlWriter.all_tests")
        export(pages, {"tests": 2, "examples": {DEGREE: {}, ADD_EDGE: {}}, "more": True})
        soup = pages.build(this_tests_limit=1).soup("_this_tests/sample.degree.html")
        assert len(soup.select(".this-tests-test")) == 2
        assert soup.text.count("Incomplete") == 1

    def test_it_lists_the_tests_that_the_summary_leaves_out(self, pages: Site):
        this_tests("this_tests.docs.render.html.HtmlWriter.all_tests")
        pages.write("tests/test_more.py", "")
        pages.register({"sample.degree": {"observed": {"tests": 73, "direct": 14, "examples": {DEGREE: {}}}}})
        built = pages.build()
        soup = built.soup("_this_tests/sample.degree.html")
        names = soup.select(".this-tests-names li")
        listed = {str(test["data-test"]).rpartition("::")[2] for test in soup.select(".this-tests-test")}
        listed |= {str(name.find(string=True)) for name in names}
        assert listed == {"test_degree", *(f"test_{number}" for number in range(1, 73))}
        assert len(names) == 61
        assert sum("direct" in name.text for name in names) == 2
        assert ("All 73 tests", "_this_tests/sample.degree.html") in links(
            built, "degree.html", ".this-tests"
        )
        assert "Incomplete" not in soup.text

    def test_it_stays_small_with_thousands_of_tests(self, pages: Site):
        this_tests("this_tests.docs.render.html.HtmlWriter.all_tests")
        pages.write("tests/test_more.py", "")
        pages.register({"sample.degree": {"observed": {"tests": 4187, "direct": 2000}}})
        built = pages.build()
        page = built.page("_this_tests/sample.degree.html")
        assert page.count("<li>test_") == 4175
        assert ("tests/test_more.py", "files/tests-test_more.py.html") in links(
            built, "_this_tests/sample.degree.html", "h3"
        )
        assert len(page) < 300_000

    @pytest.mark.slow
    def test_it_is_written_again_when_another_test_takes_the_place_of_one(self, pages: Site):
        this_tests("this_tests.docs.content.section.Sections.of")
        tests = [f"tests/test_more.py::test_{number}" for number in range(1, 30)]
        names = (tests, [*tests[:-1], "tests/test_more.py::test_new"])
        for among in names:
            pages.register(
                {"sample.degree": {"observed": {"tests": 29, "examples": {test: {} for test in among}}}}
            )
            page = pages.build().page("_this_tests/sample.degree.html")
        assert "test_new" in page
        assert "test_29" not in page


class TestDomain:
    def test_other_projects_find_files_classes_and_tests(self, pages: Site):
        this_tests(domain.SuiteDomain.get_objects)
        data = inventory(pages.build())
        page = "https://e.org/_this_tests/files/tests-test_graphs.py.html"
        assert data["test:file"]["tests/test_graphs.py"] == page
        assert data["test:class"]["tests/test_graphs.py::TestGraph"] == f"{page}#TestGraph"
        assert data["test:test"][ADD_EDGE] == f"{page}#TestGraph.test_add_edge"

    def test_intersphinx_leads_to_the_tests_of_another_project(self, pages: Site, tmp_path):
        this_tests(domain.SuiteDomain)
        other = Site(tmp_path / "other")
        inv = pages.build().outdir / "objects.inv"
        conf = f'extensions = ["sphinx.ext.intersphinx", "sphinx_this_tests"]\nintersphinx_mapping = {{"a": ("https://e.org/", {str(inv)!r})}}\n'
        other.write("docs/conf.py", conf)
        other.write("docs/index.rst", f"T\n=\n\n:test:`{DEGREE}` :external+a:test:test:`{DEGREE}`\n")
        built = other.build()
        assert built.warnings == ""
        assert (
            built.page().count('href="https://e.org/_this_tests/files/tests-test_graphs.py.html#test_degree"')
            == 2
        )

    @pytest.mark.slow
    def test_the_general_index_lists_them_after_the_api(self, pages: Site):
        this_tests("sphinx_this_tests.render.generated_pages.GeneratedPages.index")
        built = pages.build()
        files = ("tests/test_graphs.py (test file)", FILE)
        assert links(built, "genindex.html", "h2:-soup-contains(Tests) + table") == [files]
        assert [heading.text for heading in built.soup("genindex.html").select("h2[id]")][-1] == "Tests"
        built = pages.build(this_tests_index="all")
        assert links(built, "genindex.html", "h2:-soup-contains(Tests) + table") == [
            ("test_add_edge (test in tests/test_graphs.py)", f"{FILE}#TestGraph.test_add_edge"),
            ("test_degree (test in tests/test_graphs.py)", f"{FILE}#test_degree"),
            ("TestGraph (class in tests/test_graphs.py)", f"{FILE}#TestGraph"),
            files,
        ]
        assert "test file" not in pages.build(this_tests_index="none").page("genindex.html")

    def test_an_index_that_is_split_has_a_page_of_them(self, pages: Site):
        this_tests("sphinx_this_tests.extension.Extension.fill_index")
        built = pages.build(html_split_index=True, this_tests_index="all")
        found = ("test_degree (test in tests/test_graphs.py)", f"{FILE}#test_degree")
        assert built.warnings == ""
        assert found in links(built, "genindex-Tests.html", "table")
        assert found in links(built, "genindex-all.html", "table")
        assert ("Tests", "genindex-Tests.html") in links(built, "genindex.html", "body")

    @pytest.mark.parametrize(
        ("said", "text", "anchor"),
        [
            (f":test:`{DEGREE}`", DEGREE, "#test_degree"),
            (":test:`test_degree`", "test_degree", "#test_degree"),
            (":test:`~TestGraph::test_add_edge`", "test_add_edge", "#TestGraph.test_add_edge"),
            (":test:`this <test_graphs.py::test_degree>`", "this", "#test_degree"),
            (":test:`test_graphs.py`", "test_graphs.py", ""),
            (":test:class:`TestGraph`", "TestGraph", "#TestGraph"),
            (":test:file:`tests/test_graphs.py`", "tests/test_graphs.py", ""),
            (f":any:`{DEGREE}`", DEGREE, "#test_degree"),
        ],
    )
    def test_a_role_leads_to_a_test_by_the_end_of_its_node_id(
        self, pages: Site, said: str, text: str, anchor: str
    ):
        this_tests(domain.SuiteRole, domain.SuiteDomain.resolve_xref)
        write(pages, said)
        built = pages.build()
        assert built.warnings == ""
        assert (text, FILE + anchor) in links(built, "how.html", "p")

    def test_a_role_without_a_test_is_warned_of(self, pages: Site):
        this_tests(domain.SuiteDomain)
        write(pages, ":test:`test_gone` and :test:class:`test_degree`")
        said = pages.build().warnings
        assert "how.rst:6: WARNING: unknown test: test_gone [ref.test]" in said
        assert "[ref.class]" in said

    def test_a_role_that_may_mean_several_tests_is_warned_of(self, pages: Site):
        this_tests(sphinx_this_tests.build_warnings.ambiguous)
        pages.declare(degree="tests/a.py::test_it", density="tests/b.py::test_it")
        write(pages, ":test:`test_it`")
        built = pages.build()
        assert (
            ":test:`test_it` matches several tests: tests/a.py::test_it, tests/b.py::test_it; the first is used"
            in built.warnings
        )
        assert ("test_it", "_this_tests/files/tests-a.py.html#test_it") in links(built, "how.html", "p")

    def test_without_pages_a_role_leads_to_the_source(self, pages: Site):
        this_tests(domain.SuiteDomain.resolve_xref)
        write(pages, f":test:`{DEGREE}`")
        settings = {"this_tests_file_pages": False, "this_tests_source_url": "https://e.org/{path}#L{line}"}
        built = pages.build(**settings)
        assert (DEGREE, "https://e.org/tests/test_graphs.py#L16") in links(built, "how.html", "p")
        assert DEGREE in pages.build("text", **settings).page("how.txt")

    @pytest.mark.slow
    def test_a_page_that_refers_to_a_test_is_written_when_the_test_is_there(self, pages: Site):
        this_tests("sphinx_this_tests.render.output.Output.digests")
        write(pages, ":test:`test_shortest`")
        pages.build()
        pages.declare(degree=DEGREE, density="tests/test_paths.py::test_shortest")
        second = pages.build()
        assert "how" in second.written
        assert links(second, "how.html", "p")

    @pytest.mark.slow
    def test_parallel_readers_bring_together_what_pages_refer_to(self, pages: Site):
        this_tests(domain.SuiteDomain.merge_domaindata)
        write(pages, ":test:`test_degree`\n\n.. this-tests-overview::\n\n.. this-tests:: sample.degree")
        built = pages.build(parallel=2)
        assert built.warnings == ""
        assert len(built.soup("how.html").select(".this-tests-overview")) == 1
        assert built.tests("sample.degree", "how.html") == [DEGREE, ADD_EDGE]


class TestByHand:
    def test_a_section_stands_where_an_author_wants_it(self, pages: Site):
        this_tests(sphinx_this_tests.doctree.directives.SectionDirective)
        write(pages, ".. this-tests:: sample.degree")
        built = pages.build()
        assert built.tests("sample.degree", "how.html") == [DEGREE, ADD_EDGE]
        assert built.tests("sample.degree", "degree.html") == [DEGREE, ADD_EDGE]

    def test_in_a_description_it_says_where_the_section_goes(self, pages: Site):
        this_tests(sphinx_this_tests.render.insertion.put)
        text = "D\n=\n\n.. py:function:: sample.degree()\n\n   One.\n\n   .. this-tests::\n\n   Two.\n"
        pages.write("docs/degree.rst", text)
        built = pages.build()
        (section,) = built.soup("degree.html").select(".this-tests")
        assert (section.find_previous_sibling().text, section.find_next_sibling().text) == ("One.", "Two.")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (".. this-tests:: no.such", "unknown name, neither in these docs nor in the registry"),
            (".. this-tests::", "needs a name, because it is in no description of an object"),
        ],
    )
    def test_a_directive_that_places_nothing_is_warned_of(self, pages: Site, text: str, said: str):
        this_tests(sphinx_this_tests.build_warnings.directive)
        write(pages, text)
        assert f"{said} [this_tests.directive]" in pages.build().warnings

    def test_without_a_registry_nothing_is_left_of_directives(self, pages: Site):
        this_tests(sphinx_this_tests.render.insertion.put)
        write(pages, ".. this-tests-overview::\n\n.. this-tests:: sample.degree")
        (pages.root / "test_registry.json").unlink()
        for builder in ("html", "text"):
            assert pages.build(builder).warnings == ""

    def test_a_docstring_can_ask_for_no_section(self, pages: Site):
        this_tests("sphinx_this_tests.doctree.collector.record_meta")
        text = "D\n=\n\n.. py:function:: sample.degree()\n\n   One.\n\n   :meta no-tests:\n"
        pages.write("docs/degree.rst", text)
        built = pages.build(suppress_warnings=[])
        assert built.warnings == ""
        assert built.sections("degree.html") == {}
        assert "sample.degree" not in str(built.soup(OVERVIEW))
        assert "meta" not in built.soup("degree.html").dl.text

    def test_a_setting_can_leave_out_many(self, pages: Site):
        this_tests("this_tests.docs.content.pages.Pages.is_off")
        built = pages.build(this_tests_exclude=["sample.d*"])
        assert built.sections("degree.html") == built.sections("density.html") == {}
        assert set(built.sections("graph.html")) == {"sample.Graph", "sample.Graph.add_edge"}

    def test_a_setting_can_pin_a_test(self, pages: Site):
        this_tests("this_tests.docs.content.ranking.ranked")
        built = pages.build(this_tests_first=[ADD_EDGE])
        assert built.tests("sample.degree", "degree.html") == [ADD_EDGE, DEGREE]


CONF = """
extensions = ["sphinx_this_tests"]


def drop(app, name, objtype, evidence):
    evidence[:] = [item for item in evidence if "slow" not in item.markers]


def setup(app):
    app.connect("this-tests-evidence", drop)
"""


def test_another_extension_can_drop_evidence(pages: Site):
    this_tests("this_tests.docs.content.evidence.Join.evidence_for")
    pages.write("docs/conf.py", CONF)
    built = pages.build()
    assert built.tests("sample.degree", "degree.html") == [DEGREE]
    assert "sample.degree" not in str(built.soup(FILE).find(id="TestGraph.test_add_edge"))
    assert built.section("sample.Graph.add_edge", "graph.html").summary.text.split()[-2:] == ["1", "test"]


@pytest.mark.slow
def test_what_a_handler_changes_is_looked_for_in_each_build(pages: Site):
    this_tests("sphinx_this_tests.build.Build")
    pages.write("docs/conf.py", CONF)
    pages.build()
    pages.write("docs/conf.py", CONF.replace('"slow" not in', '"fast" not in'))
    assert pages.build().tests("sample.degree", "degree.html") == [DEGREE, ADD_EDGE]


def test_objects_with_tests_that_no_page_describes_are_told(pages: Site):
    this_tests(sphinx_this_tests.build_warnings.unplaced)
    conf = """
extensions = ["sphinx_this_tests"]
suppress_warnings = ["this_tests.unknown_name"]

def note(app, doctree):
    if app.env.docname == "index":
        app.env.get_domain("py").note_object("sample.odd", "function", "odd")

def setup(app):
    app.connect("doctree-read", note)
"""
    pages.write("docs/conf.py", conf)
    pages.declare(odd=DEGREE)
    said = pages.build().warnings
    assert "1 documented object has tests that no page shows" in said
    assert said.strip().endswith("[this_tests.unplaced]")
    write(pages, ".. this-tests:: sample.odd")
    assert pages.build().warnings == ""


class TestSuite:
    def test_pages_have_distinct_names_that_fit_a_url_and_a_file_system(self):
        this_tests(SuiteIndex)
        names = SuiteIndex(
            frozenset({"a/b.py::t", "a-b.py::t", "A/B.py::t", "ü/../<x>.py::t", "::t", f"{'x' * 300}.py::t"})
        ).names
        assert len({name.casefold() for name in names.values()}) == len(names)
        assert all(
            name.isascii()
            and len(name) < 140
            and name.replace("-", "").replace(".", "").replace("_", "").isalnum()
            for name in names.values()
        )

    def test_anchors_on_a_page_are_distinct(self):
        this_tests(SuiteIndex)
        places = SuiteIndex(frozenset({"t.py::T::a", "t.py::T.a", "t.py::t::A", "t.py"})).places
        anchors = [place.anchor for place in places.values() if place.kind != "file"]
        assert len({anchor.casefold() for anchor in anchors}) == len(anchors) == 5

    @pytest.mark.parametrize("target", ["", "::", "/", "b", "T", "est_it"])
    def test_a_part_of_a_name_is_no_end_of_it(self, target: str):
        this_tests(SuiteIndex)
        assert SuiteIndex(frozenset({"a.b/test_c.py::TestT::test_it"})).find(target) == []
