"""Incremental builds: which pages are read again, and which are written again."""

import shutil
import subprocess
from pathlib import Path

import pytest
from sites import Built, Site

import sphinx_this_tests
from sphinx_this_tests import build_warnings, incremental
from this_tests import load, this_tests
from this_tests.docs import template_loader
from this_tests.registry.store import encode

pytestmark = pytest.mark.slow

DEGREE = "tests/test_graphs.py::test_degree"
DENSITY = "tests/test_graphs.py::test_density"


@pytest.fixture
def pages(site: Site) -> Site:
    """A page for each object, the first of which has a test.

    The pages are in no table of contents, because Sphinx writes a page that lists others
    whenever it writes one of these.
    """
    site.add("pages.txt")
    for path in (site.root / "docs").glob("*.rst"):
        text = path.read_text(encoding="utf-8").partition(".. toctree::")[0]
        path.write_text(f":orphan:\n\n{text}", encoding="utf-8")
    site.declare(degree=DEGREE)
    return site


def written(built: Built) -> list[str]:
    """Return the written pages without the root page, which Sphinx 7 writes along with any other."""
    return [page for page in built.written if page != "index"]


def test_a_second_build_reads_and_writes_nothing(pages: Site):
    this_tests(sphinx_this_tests.setup, incremental.changed)
    first = pages.build()

    second = pages.build()

    assert set(first.written) >= {"degree", "density", "graph"}
    assert (second.read, written(second), second.warnings) == ([], [], "")


def test_new_evidence_writes_the_page_of_its_function_and_reads_nothing(pages: Site):
    this_tests(incremental.changed, incremental.digest)
    pages.build()
    pages.declare(degree=DEGREE, density=DENSITY)

    second = pages.build()

    assert (second.read, written(second)) == ([], ["density"])
    assert second.tests("sample.density", "density.html") == [DENSITY]


def test_evidence_that_is_gone_takes_its_section_with_it(pages: Site):
    this_tests(incremental.changed)
    pages.build()
    pages.declare()

    second = pages.build()

    assert (second.read, written(second)) == ([], ["degree"])
    assert second.tests("sample.degree", "degree.html") == []


def test_a_registry_that_is_gone_takes_all_sections_with_it(pages: Site):
    this_tests(incremental.changed)
    pages.build()
    (pages.root / "test_registry.json").unlink()

    second = pages.build()

    assert written(second) == ["degree", "density", "graph"]
    assert second.sections("degree.html") == {}
    assert written(pages.build()) == []


SEEN = {"sample.degree": {"tests": 1, "direct": 1, "examples": {DEGREE: {"direct": True}}}}


def test_changed_observations_write_the_pages_whose_evidence_changed(pages: Site):
    this_tests("sphinx_this_tests.inputs.read", incremental.changed)
    pages.observe(SEEN)
    pages.build()
    pages.observe({**SEEN, "sample.density": {"tests": 1, "examples": {DEGREE: {}}}})

    second = pages.build()
    shown = second.tests("sample.density", "density.html")
    pages.observe(SEEN, {DEGREE: "xfailed"})
    third = pages.build()

    assert (second.read, written(second), shown) == ([], ["density"], [DEGREE])
    assert (third.read, written(third)) == ([], ["degree", "density"])
    assert "xfailed" in third.section("sample.degree", "degree.html").text


def test_observations_without_a_registry_are_shown(pages: Site):
    this_tests("sphinx_this_tests.inputs.Inputs")
    (pages.root / "test_registry.json").unlink()
    pages.observe(SEEN)

    built = pages.build()

    assert built.tests("sample.degree", "degree.html") == [DEGREE]
    assert (built.warnings, written(pages.build())) == ("", [])


def test_a_build_with_nothing_to_do_reads_no_evidence(pages: Site, monkeypatch: pytest.MonkeyPatch):
    this_tests("sphinx_this_tests.inputs.Inputs", "sphinx_this_tests.build.Build")
    pages.observe(SEEN)
    pages.build()
    monkeypatch.setattr("sphinx_this_tests.inputs.load", None)

    assert written(pages.build()) == []


def test_a_changed_re_export_writes_the_pages_that_show_what_it_leads_to(pages: Site):
    this_tests("sphinx_this_tests.inputs.Inputs", "sphinx_this_tests.build.Build")
    pages.write("sample/easy.py", "from ._core import degree as measure\n")
    pages.write("docs/easy.rst", ":orphan:\n\nEasy\n====\n\n.. py:function:: sample.easy.measure()\n")
    before = pages.build().tests("sample.easy.measure", "easy.html")
    pages.write("sample/easy.py", "from ._core import density as measure\n")

    second = pages.build()

    assert before == [DEGREE]
    assert written(second) == ["easy"]
    assert second.tests("sample.easy.measure", "easy.html") == []


def test_observations_that_cannot_be_read_are_told_in_each_build(pages: Site):
    this_tests(build_warnings.observations, "sphinx_this_tests.build.Build")
    pages.observe(SEEN)
    for name in ("one", "two"):
        pages.write(f"test_observations/{name}.observed", "nonsense")

    built = [pages.build(), pages.build()]

    for each in built:
        assert each.warnings.count("WARNING") == 1
        assert "one.observed: incomplete, or of another version" in each.warnings
        assert "two.observed: incomplete, or of another version" in each.warnings
        assert each.warnings.strip().endswith("[this_tests.observations]")
    assert built[1].tests("sample.degree", "degree.html") == [DEGREE]


def exported(pages: Site, callables: dict[str, object]) -> None:
    """Leave nothing but a file that was exported from these observations, as on a host that runs no tests."""
    pages.observe(callables)
    registry = pages.root / "test_registry.json"
    (pages.root / "docs" / "tests.json").write_bytes(encode(load(registry)))
    registry.unlink()
    pages.observe({})


def test_an_exported_file_alone_is_shown(pages: Site):
    this_tests("sphinx_this_tests.inputs.Inputs", "sphinx_this_tests.config.paths")
    exported(pages, {**SEEN, "sample.density": {"tests": 1, "examples": {DENSITY: {}}}})

    built = pages.build(this_tests_registry="tests.json")

    assert built.warnings == ""
    assert built.tests("sample.degree", "degree.html") == [DEGREE]
    assert built.tests("sample.density", "density.html") == [DENSITY]
    assert built.section("sample.density", "density.html").summary.text.split()[-2:] == ["1", "test"]


def test_of_an_exported_file_no_number_is_told_that_is_not_known(pages: Site):
    this_tests("this_tests.docs.content.section.Sections.of", "sphinx_this_tests.render.plain.plain")
    pages.write("tests/test_more.py", "")
    exported(pages, {"sample.density": {"tests": 700, "direct": 600}})
    settings = {"this_tests_registry": "tests.json", "this_tests_limit": 2}

    built = pages.build(**settings)
    text = pages.build("text", **settings).page("density.txt")

    section = built.section("sample.density", "density.html")
    assert section.summary.text.split()[-3:] == ["12", "listed", "tests"]
    assert "call it directly" not in section.text
    assert "Incomplete" in built.page("_this_tests/sample.density.html")
    overview = built.soup("_this_tests/overview.html")
    assert next(cell.text for cell in overview.select('tr[data-api="sample.density"] td')) == "12+"
    assert "(12 listed tests)" in text
    assert "Incomplete: of the tests that execute an object" in " ".join(text.split())


def test_a_changed_line_of_a_test_writes_the_pages_that_show_it(pages: Site):
    this_tests(incremental.digest)
    pages.build()
    tests = pages.root / "tests" / "test_graphs.py"
    tests.write_text(tests.read_text().replace('degree(Graph(), "a") == 0', 'degree(Graph(), "z") == 0'))

    second = pages.build()

    assert (second.read, written(second)) == ([], ["degree"])
    assert 'degree(Graph(), "z")' in second.section("sample.degree", "degree.html").text


def test_a_changed_base_in_another_file_writes_the_pages_that_show_what_is_inherited(pages: Site):
    this_tests("sphinx_this_tests.build.Build", "this_tests.docs.snippets.folder.Folder.fingerprint")
    base = "class Base:\n    def test_it(self):\n        assert density(Graph()) == {}\n"
    pages.write("tests/test_new.py", "from base import Base\n\nclass TestNew(Base): pass\n")
    pages.declare(degree=DEGREE, density="tests/test_new.py::TestNew::test_it")
    without = pages.build().section("sample.density", "density.html").select(".this-tests-source")
    pages.write("tests/base.py", base.format(0))
    found = pages.build()
    unchanged = pages.build()
    pages.write("tests/base.py", base.format(1))
    changed = pages.build()

    assert without == []
    assert [written(build) for build in (found, unchanged, changed)] == [["density"], [], ["density"]]
    section = changed.section("sample.density", "density.html")
    assert "density(Graph()) == 1" in section.text
    assert section.select_one(".this-tests-place").text == "base.py:2"


def test_a_changed_line_of_a_class_writes_the_pages_that_show_what_is_inherited(pages: Site):
    this_tests("sphinx_this_tests.build.Build", "this_tests.docs.content.evidence.Join.evidence_for")
    pages.write("sample/bases.py", "class One:\n    def m(self): ...\nclass Two:\n    def m(self): ...\n")
    pages.write("sample/heirs.py", "from .bases import One, Two\nclass Heir(One): ...\n")
    pages.write("docs/heir.rst", ":orphan:\n\nHeir\n====\n\n.. py:method:: sample.heirs.Heir.m()\n")
    pages.declare(**{"bases.One.m": DEGREE, "bases.Two.m": DENSITY})
    first = pages.build()
    unchanged = pages.build()
    pages.write("sample/heirs.py", "from .bases import One, Two\nclass Heir(Two): ...\n")
    changed = pages.build()
    (pages.root / "sample" / "bases.py").unlink()
    gone = pages.build()

    assert [build.read for build in (unchanged, changed, gone)] == [[], [], []]
    assert [written(build) for build in (unchanged, changed, gone)] == [[], ["heir"], []]
    assert first.warnings == unchanged.warnings == changed.warnings == gone.warnings == ""
    assert changed.section("sample.heirs.Heir.m", "heir.html").select_one(
        ".this-tests-note"
    ).text.split() == ["Inherited:", "tests", "of", "sample.bases.Two.m"]


def test_a_build_with_nothing_to_do_reads_no_registry_and_repeats_its_warnings(
    pages: Site, monkeypatch: pytest.MonkeyPatch
):
    this_tests("sphinx_this_tests.build.Build", incremental.BuildResults)
    pages.declare(degree=DEGREE, unknown=DENSITY)
    first = pages.build(suppress_warnings=[])
    bytes_before = bytes_of(first)
    monkeypatch.setattr(sphinx_this_tests.inputs, "load", lambda path: pytest.fail(f"{path} was read"))

    second = pages.build(suppress_warnings=[])

    assert written(second) == []
    assert second.warnings == first.warnings != ""
    assert bytes_of(second) == bytes_before


def test_a_changed_setting_writes_only_the_pages_that_it_changes(pages: Site):
    this_tests(incremental.digest, sphinx_this_tests.config.register)
    pages.build()

    assert written(pages.build(this_tests_show_missing=False)) == ["density", "graph"]


def test_templates_are_part_of_what_a_page_shows(tmp_path: Path):
    """Sphinx writes HTML anew for a changed template of the project; not for one of a new version of ours."""
    this_tests(template_loader.source)
    (tmp_path / "this_tests").mkdir()
    (tmp_path / "this_tests" / "row.html").write_text("a row")

    ours, theirs = (template_loader.source(folders) for folders in ([], [tmp_path]))

    assert len(ours) >= 5
    assert theirs == ("a row", *ours)


def test_a_new_commit_alone_writes_nothing(pages: Site):
    """The links of pages from earlier builds lead to the same lines, at the commit of their build."""
    this_tests("this_tests.docs.source_links.Links")
    settings = {"this_tests_source_url": "https://example.org/{commit}/{path}#L{line}"}
    commit(pages.root)
    first = pages.build(**settings)
    commit(pages.root)

    assert written(pages.build(**settings)) == []
    assert first.section("sample.degree", "degree.html").select_one("a.this-tests-place")


def test_a_commit_of_changed_tests_writes_the_pages_that_link_to_them(pages: Site):
    """Before, their lines were those of no commit, so the links led to the files as a whole."""
    this_tests("this_tests.docs.source_links.Links.reach")
    settings = {"this_tests_source_url": "https://example.org/{commit}/{path}#L{line}"}
    commit(pages.root)
    file = pages.root / "tests" / "test_graphs.py"
    file.write_text(f"\n{file.read_text()}")

    def link(built: Built) -> str:
        place = built.section("sample.degree", "degree.html").select_one("a.this-tests-place")
        return str(place["href"]).rpartition("/")[2] if place else ""

    assert link(pages.build(**settings)) == "test_graphs.py"
    assert written(pages.build(**settings)) == []
    commit(pages.root)
    after = pages.build(**settings)
    assert (link(after), written(after)) == ("test_graphs.py#L17", ["degree"])


def commit(folder: Path) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "add", "tests"], cwd=folder, check=True)
    subprocess.run(["git", *identity, "commit", "-q", "--allow-empty", "-m", "One"], cwd=folder, check=True)


def test_each_builder_remembers_its_own_pages(pages: Site):
    this_tests(incremental.store)
    pages.build("html")
    pages.build("text")
    pages.declare(degree=DEGREE, density=DENSITY)

    assert written(pages.build("html")) == ["density"]
    assert written(pages.build("text")) == ["density"]


def test_a_page_that_a_partial_build_left_out_is_written_by_the_next(pages: Site):
    this_tests(incremental.written)
    pages.build()
    pages.declare(density=DENSITY)

    assert written(pages.build(only="density.rst")) == ["density"]
    assert written(pages.build()) == ["degree"]
    assert written(pages.build()) == []


def test_a_page_that_is_gone_is_forgotten(pages: Site):
    this_tests("sphinx_this_tests.doctree.collector.ApiObjectCollector")
    pages.declare(degree=DEGREE, density=DENSITY)
    first = pages.build()
    (pages.root / "docs" / "density.rst").unlink()

    second = pages.build(suppress_warnings=[])

    assert first.warnings == ""
    assert "1 name is in test_registry.json but not in these docs: sample.density" in second.warnings


def test_parallel_builds_and_builds_in_a_row_write_the_same_bytes(pages: Site):
    this_tests(sphinx_this_tests.setup, sphinx_this_tests.doctree.collector.ApiObjectCollector)
    serial = bytes_of(pages.build(this_tests_limit=1))
    again = bytes_of(pages.build(this_tests_limit=1))
    shutil.rmtree(pages.root / "build")

    parallel = pages.build(this_tests_limit=1, parallel=2)

    assert parallel.warnings == ""
    assert {"degree.html", "genindex.html", "objects.inv", "_this_tests/overview.html"} <= set(serial)
    assert bytes_of(parallel) == again == serial
    assert parallel.tests("sample.degree", "degree.html") == [DEGREE]
    assert written(pages.build(this_tests_limit=1, parallel=2)) == []


def bytes_of(built: Built) -> dict[str, bytes]:
    """Return the published files of a build, by path."""
    return {
        path.relative_to(built.outdir).as_posix(): path.read_bytes()
        for path in built.outdir.rglob("*")
        if path.suffix in {".html", ".inv"}
    }


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"a": 1', "{}", '{"pages": [], "fingerprint": ""}', '{"results": {"listed": [1]}}', "\xff"],
)
def test_a_store_that_cannot_be_read_is_no_store(tmp_path: Path, content: str):
    this_tests(incremental.load)
    path = tmp_path / "digests.json"
    path.write_text(content)

    assert incremental.load(path) == incremental.Store()


def test_digests_that_are_saved_are_loaded(tmp_path: Path):
    this_tests(incremental.save, incremental.load)
    path = tmp_path / "digests.json"

    listed = (("test_it.py::test_it", "test", "_this_tests/files/test_it", "test_it"),)
    kept = incremental.Store(
        {"b": "2", "a": "1"}, "f", {"own": "3"}, incremental.BuildResults(listed=listed, indexed=1)
    )

    incremental.save(path, kept)

    assert incremental.load(path) == kept
    assert [file.name for file in tmp_path.iterdir()] == ["digests.json"]


def test_changed_pages_are_those_that_gained_lost_or_changed_what_they_show():
    this_tests(incremental.changed)
    assert incremental.changed(
        {"same": "1", "lost": "1", "other": "1"}, {"same": "1", "other": "2", "new": "1"}
    ) == {
        "lost",
        "other",
        "new",
    }


def test_only_pages_that_were_written_are_remembered_as_new():
    this_tests(incremental.written)
    old = incremental.Store({"a": "1", "b": "1", "c": "1"}, "old")
    new = incremental.Store({"a": "2", "b": "2"}, "new")

    assert incremental.written(old, new, {"a", "c"}) == incremental.Store({"a": "2", "b": "1"}, "")
    assert incremental.written(old, new, {"a", "b", "c"}) == new
