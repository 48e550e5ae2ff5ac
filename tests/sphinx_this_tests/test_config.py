"""The values of conf.py: defaults, files, templates, and warnings of invalid values."""

from dataclasses import fields
from pathlib import Path

import pytest
from sites import Site

import sphinx_this_tests
from sphinx_this_tests import build_warnings, config
from sphinx_this_tests.config import ConfValues
from this_tests import this_tests

pytestmark = pytest.mark.slow

DEGREE = "tests/test_graphs.py::test_degree"


@pytest.fixture
def pages(site: Site) -> Site:
    site.add("pages.txt")
    site.declare(degree=DEGREE)
    return site


def test_without_a_registry_the_build_says_so_and_goes_on(pages: Site):
    this_tests(sphinx_this_tests.setup)
    (pages.root / "test_registry.json").unlink()

    built = pages.build()

    assert built.warnings == ""
    assert (
        "test_registry.json: no such file; pytest writes it once a test declares something, or with --this-tests-observe; no tests are shown"
        in built.status
    )
    assert built.sections("degree.html") == {}


def test_with_an_empty_registry_all_sections_say_that_there_are_no_tests(pages: Site):
    this_tests(sphinx_this_tests.setup)
    pages.register({})

    built = pages.build()

    assert built.warnings == ""
    assert built.section("sample.degree", "degree.html").text.strip() == "No tests declared."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<<<<<<< ours\n", "line 1, column 1: git conflict markers"),
        ('{"format": 99}', "format 99 is not known here"),
        ('{"format": 1, "callables": []}', "$.callables: Expected `object`, got `array`"),
    ],
)
def test_a_registry_that_cannot_be_read_is_warned_of_and_the_build_goes_on(
    pages: Site, content: str, said: str
):
    this_tests(build_warnings.registry)
    pages.write("test_registry.json", content)

    built = pages.build()

    assert said in built.warnings
    assert built.warnings.count("WARNING") == 1
    assert built.warnings.strip().endswith("[this_tests.registry]")
    assert built.sections("degree.html") == {}


def test_a_registry_that_conf_py_names_must_be_there(pages: Site):
    this_tests(config.paths, build_warnings.registry)
    built = pages.build(this_tests_registry="../other.json")
    assert "other.json: no such file" in built.warnings


def test_registry_and_root_are_relative_to_conf_py(pages: Site):
    this_tests(config.paths)
    (pages.root / "docs" / "elsewhere").mkdir()
    (pages.root / "test_registry.json").rename(pages.root / "docs" / "kept.json")
    (pages.root / "tests").rename(pages.root / "docs" / "elsewhere" / "tests")

    built = pages.build(this_tests_registry="kept.json", this_tests_root="elsewhere")

    assert built.warnings == ""
    assert "assert degree(Graph()" in built.section("sample.degree", "degree.html").text


def test_the_docs_may_belong_to_another_project_than_the_library(pages: Site):
    """The library's sources are where its tests are: they tell what an imported name means."""
    this_tests(config.paths)
    pages.write("sample/core/__init__.py", "")
    pages.write("sample/core/ops.py", 'def turn():\n    """Turn."""\n    return 1\n')
    pages.write("sample/other.py", 'def turn():\n    """Turn."""\n    return 2\n')
    face = pages.root / "sample" / "__init__.py"
    face.write_text(f"{face.read_text()}\nfrom .core.ops import turn\n")
    test = "tests/test_turn.py::test_turn"
    pages.write(
        "tests/test_turn.py",
        "from sample.core.ops import turn\n\ndef test_turn():\n    assert turn() == 1\n",
    )
    pages.write("pyproject.toml", "[tool.this-tests]\n")
    pages.write("docs/pyproject.toml", "[project]\nname = 'docs'\n")
    pages.write(
        "docs/turn.rst", "Turn\n====\n\n.. py:function:: sample.turn\n.. py:function:: sample.other.turn\n"
    )
    pages.register({"sample.turn": {"declared": {test: {}}}, "sample.other.turn": {"declared": {test: {}}}})

    built = pages.build(this_tests_registry="../test_registry.json", this_tests_root="..")

    assert [line.text for line in built.section("sample.turn", "turn.html").select(".hll")] == [
        "    assert turn() == 1\n"
    ]
    assert not built.section("sample.other.turn", "turn.html").select(".hll")


def test_a_project_that_cannot_be_read_is_warned_of(pages: Site):
    this_tests(config.paths, build_warnings.settings)
    pages.write("pyproject.toml", "[tool.this-tests]\nnonsense = 1\n")

    built = pages.build()

    assert "unknown setting" in built.warnings
    assert "[this_tests.settings]" in built.warnings


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("limit", 0, "must be at least 1"),
        ("limit", True, "must be int"),
        ("limit", "5", "must be int"),
        ("open", "some", 'must be "first", "all" or "none"'),
        ("show_missing", "no", "must be bool"),
        ("registry", None, "must be str"),
        ("source_url", "javascript:{path}", "must be an http or https URL, or relative"),
        ("source_url", "https://example.org/{file}", "has unknown fields ['file']; allowed are ["),
        ("how_to_url", "javascript:alert(1)", "neither a page of these docs nor an http or https URL"),
        ("source_url", "http://[{path}", "must be an http or https URL, or relative"),
        ("how_to_url", "http://[", "neither a page of these docs nor an http or https URL"),
        ("how_to_url", "no-such-page", "neither a page of these docs nor an http or https URL"),
    ],
)
def test_an_invalid_setting_is_warned_of_and_ignored(pages: Site, name: str, value: object, said: str):
    this_tests(config.read, build_warnings.settings)

    conf = pages.root / "docs" / "conf.py"
    conf.write_text(f"{conf.read_text()}\nthis_tests_{name} = {value!r}\n")

    built = pages.build()

    assert f"this_tests_{name} = {value!r}: {said}" in built.warnings
    assert "[this_tests.settings]" in built.warnings
    assert built.tests("sample.degree", "degree.html") == [DEGREE]
    assert "javascript" not in built.page("degree.html") + built.page("density.html")


def test_each_setting_has_a_help_text():
    this_tests(config.register)
    assert all(setting.metadata["help"].endswith(".") for setting in fields(ConfValues))


@pytest.mark.parametrize("value", ["first", "all", "none"])
def test_which_tests_show_their_source_at_once(pages: Site, value: str):
    this_tests("this_tests.docs.content.section.Sections.of")
    pages.register({"sample.degree": {"declared": {DEGREE: {}, "tests/test_graphs.py::test_density": {}}}})

    rows = (
        pages.build(this_tests_open=value)
        .section("sample.degree", "degree.html")
        .select(".this-tests-test details")
    )

    assert [row.has_attr("open") for row in rows] == {
        "first": [True, False],
        "all": [True] * 2,
        "none": [False] * 2,
    }[value]


def test_the_sentence_on_missing_tests_can_be_left_out(pages: Site):
    this_tests("this_tests.docs.content.section.Sections.of")
    built = pages.build(this_tests_show_missing=False)
    assert built.sections("density.html") == {}
    assert built.tests("sample.degree", "degree.html") == [DEGREE]


def test_private_names_miss_no_tests_where_the_registry_takes_in_none(pages: Site):
    this_tests("this_tests.docs.content.section.Sections.missing")
    names = ["_hidden", "shown", "_Hidden.size", "Shown.__call__", "Shown._size"]
    described = "".join(
        f".. py:{'method' if '.' in name else 'function'}:: sample.{name}()\n\n" for name in names
    )
    init = pages.root / "sample" / "__init__.py"
    code = "".join(
        f"\nclass {owner}:\n    def {name}(self): return 1\n" if owner else f"\ndef {name}(): return 1\n"
        for owner, _, name in (
            ("", "", "_hidden"),
            ("", "", "shown"),
            ("_Hidden", "", "size"),
            ("Shown", "", "_size"),
        )
    )
    init.write_text(f"{init.read_text()}{code}    def __call__(self): return 1\n")
    pages.write("docs/private.rst", f":orphan:\n\nPrivate\n=======\n\n{described}")

    def missing() -> tuple[set[str], set[str]]:
        built = pages.build()
        overview = built.soup("_this_tests/overview.html").select("tr.this-tests-none")
        shown = {name.removeprefix("sample.") for name in built.sections("private.html")}
        return shown, {str(row["data-api"]).removeprefix("sample.") for row in overview}.intersection(names)

    assert missing() == ({"shown", "Shown.__call__"}, {"shown", "Shown.__call__"})
    pages.write("pyproject.toml", '[tool.this-tests]\nlibrary = ["sample"]\nprivate = true\n')
    assert missing() == (set(names), set(names))


@pytest.mark.parametrize(
    ("value", "href"),
    [
        ("https://example.org/how", "https://example.org/how"),
        ("/how.html", "/how.html"),
        ("guide/tests", "guide/tests.html"),
        ("guide/tests#one", "guide/tests.html#one"),
    ],
)
def test_the_sentence_on_missing_tests_leads_to_how_to_add_one(pages: Site, value: str, href: str):
    this_tests("this_tests.docs.render.addresses.Addresses.how_to")
    pages.write("docs/guide/tests.rst", ":orphan:\n\nHow to add a test\n=================\n")

    link = pages.build(this_tests_how_to_url=value).section("sample.density", "density.html").a

    assert link
    assert (link["href"], link.text) == (href, "How to add one")


def test_a_wrong_how_to_is_warned_of_until_it_leads_somewhere(pages: Site):
    this_tests(config.read, build_warnings.settings)
    builds = [pages.build(this_tests_how_to_url="how") for _ in range(2)]
    pages.write("docs/how.rst", ":orphan:\n\nHow\n===\n")
    right = pages.build(this_tests_how_to_url="how")

    assert ["this_tests_how_to_url = 'how'" in build.warnings for build in builds] == [True, True]
    assert right.warnings == ""
    link = right.section("sample.density", "density.html").a
    assert link
    assert link["href"] == "how.html"


def test_the_how_to_is_a_link_in_plain_builders_too(pages: Site):
    this_tests("sphinx_this_tests.render.plain.plain")
    pages.write("docs/how.rst", ":orphan:\n\nHow\n===\n")
    (tex,) = pages.build("latex", this_tests_how_to_url="https://example.org/how").outdir.glob("*.tex")
    assert r"\sphinxhref{https://example.org/how}{How to add one}" in tex.read_text()
    assert pages.build("text", this_tests_how_to_url="how").warnings == ""


def test_a_template_of_the_project_overrides_ours(pages: Site):
    this_tests("this_tests.docs.template_loader.templates")
    pages.write(
        "docs/_templates/this_tests/section.html",
        '{% extends "!this_tests/section.html" %}{% block before %}<p id="mine">{{ section.name }}</p>{% endblock %}',
    )

    built = pages.build(templates_path=["_templates"])

    assert built.soup("degree.html").select_one(".this-tests #mine")
    assert built.tests("sample.degree", "degree.html") == [DEGREE]


def test_names_that_the_docs_do_not_have_are_told_in_one_line(pages: Site):
    this_tests(build_warnings.unknown_name)
    pages.declare(degree=DEGREE, **{f"f{number}": DEGREE for number in range(12)})

    built = pages.build(suppress_warnings=[])

    assert built.warnings.count("WARNING") == 1
    assert (
        "12 names are in test_registry.json but not in these docs: sample.f0, sample.f1, " in built.warnings
    )
    assert "sample.f5" not in built.warnings
    assert built.warnings.strip().endswith("[this_tests.unknown_name]")


def test_a_name_is_known_by_any_other_name_of_the_definition(pages: Site):
    this_tests("this_tests.docs.content.evidence.Join.undocumented")
    pages.register({"sample._core.degree": {"declared": {DEGREE: {}}}})
    assert pages.build(suppress_warnings=[]).warnings == ""


def test_test_files_that_cannot_be_read_are_told_in_one_line(pages: Site):
    this_tests(build_warnings.source)
    tests = {"../outside.py::test_it": {}, "tests/gone.py::test_it": {}, "/etc/passwd.py::x": {}}
    pages.register({"sample.degree": {"declared": tests}})

    built = pages.build()

    assert built.warnings.count("WARNING") == 1
    assert (
        "3 test files cannot be read: ../outside.py (not a path inside the project), "
        "/etc/passwd.py (not a path inside the project), tests/gone.py (no such file) [this_tests.source]"
    ) in built.warnings
    assert len(built.tests("sample.degree", "degree.html")) == 3


@pytest.mark.parametrize("subtype", ["registry", "unknown_name", "source", "settings"])
def test_each_warning_can_be_silenced_by_itself(pages: Site, subtype: str):
    this_tests(
        build_warnings.registry, build_warnings.unknown_name, build_warnings.source, build_warnings.settings
    )
    pages.declare(degree="tests/gone.py::test_it", other="tests/gone.py::test_it")
    if subtype == "registry":
        pages.write("test_registry.json", "{")

    loud = pages.build(suppress_warnings=[], this_tests_limit=0).warnings
    quiet = pages.build(suppress_warnings=[f"this_tests.{subtype}"], this_tests_limit=0).warnings

    assert f"[this_tests.{subtype}]" in loud
    assert f"[this_tests.{subtype}]" not in quiet
    assert quiet.count("WARNING") == loud.count("WARNING") - 1


def test_a_source_link_needs_a_commit(pages: Site, monkeypatch: pytest.MonkeyPatch):
    this_tests(build_warnings.commit)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(pages.root.parent))
    url = "https://example.org/{commit}/{path}#L{line}"

    without = pages.build(this_tests_source_url=url)
    assert (
        f"{pages.root} is in no git repository; build the docs in a checkout, or set this_tests_commit"
        in without.warnings
    )
    assert "[this_tests.commit]" in without.warnings
    assert "example.org" not in str(without.section("sample.degree", "degree.html"))

    given = pages.build(this_tests_source_url=url, this_tests_commit="v1.0")
    link = given.section("sample.degree", "degree.html").select_one("a.this-tests-place")
    assert link
    assert link["href"] == "https://example.org/v1.0/tests/test_graphs.py#L16"


def test_the_environment_holds_names_only(pages: Site):
    """The pickled environment contains nothing of the registry, so a large registry does not make it large."""
    this_tests("sphinx_this_tests.doctree.collector.ApiObjectCollector")
    pages.build()
    pickled = Path(pages.root / "build/doctrees/environment.pickle").read_bytes()
    assert b"sample.degree" in pickled
    assert b"test_degree" not in pickled


def test_a_test_that_comes_first_and_is_unknown_is_warned_of_in_each_build(pages: Site):
    this_tests(build_warnings.first)
    said = (
        "WARNING: this_tests_first: 'tests/test_gone.py::test_it', 'x' are no tests known to exercise anything; "
        "give whole node ids, as in the registry, from pytest's rootdir [this_tests.first]"
    )
    first = [DEGREE, "x", "tests/test_gone.py::test_it"]

    assert [pages.build(this_tests_first=first).warnings.strip() for _ in range(2)] == [said, said]
    assert pages.build(this_tests_first=first, suppress_warnings=["this_tests"]).warnings == ""
    assert pages.build(this_tests_first=[DEGREE]).warnings == ""


SEVERAL = "Measures\n========\n\n.. py:function:: sample.degree\n\n.. py:function:: sample.density\n"


def test_a_page_says_below_its_title_how_much_of_it_is_tested_if_the_project_wants_it(pages: Site):
    this_tests("this_tests.docs.content.overview.page_summaries")
    for name in ("degree", "density"):
        (pages.root / f"docs/{name}.rst").unlink()
    pages.write("docs/measures.rst", f":orphan:\n\n{SEVERAL}")
    pages.write("docs/index.rst", "Sample\n======\n\n.. toctree::\n\n   graph\n")
    pages.write("docs/lone.rst", ":orphan:\n\nLone\n====\n\n.. py:function:: sample.lone\n")

    assert not pages.build().soup("measures.html").select(".this-tests-page-summary")
    built = pages.build(this_tests_page_summary=True)

    (line,) = built.soup("measures.html").select("h1 + .this-tests-page-summary")
    assert line.text == "1 of 2 functions have tests"
    (link,) = line.select("a")
    assert link["href"] == "_this_tests/overview.html"
    assert not built.soup("lone.html").select(".this-tests-page-summary")
    assert built.soup("graph.html").select_one(".this-tests-page-summary").text == "0 of 2 objects have tests"
    without = pages.build(this_tests_page_summary=True, this_tests_overview="").soup("measures.html")
    assert not without.select(".this-tests-page-summary a")
    text = pages.build("text", this_tests_page_summary=True).page("measures.txt")
    assert text.split("\n")[:4] == ["Measures", "********", "", "1 of 2 functions have tests"]
    pages.register(
        {"sample.density": {"declared": {DEGREE: {}}}, "sample.degree": {"declared": {DEGREE: {}}}}
    )
    again = pages.build(this_tests_page_summary=True)
    assert (
        again.soup("measures.html").select_one(".this-tests-page-summary").text
        == "2 of 2 functions have tests"
    )


def test_the_numbers_in_the_foot_lead_to_the_groups_on_the_page_of_all_tests(pages: Site):
    this_tests("this_tests.docs.render.html.HtmlWriter.all_tests")
    tests = [f"tests/test_{file}.py::test_{number}" for file in "ab" for number in range(4)]
    links = {test: {"direct": number % 2 == 0} for number, test in enumerate(tests)}
    examples = dict(list(links.items())[:6])
    pages.register({"sample.degree": {"observed": {"tests": 8, "direct": 4, "examples": examples}}})

    built = pages.build(this_tests_limit=2, this_tests_open="all", suppress_warnings=["this_tests"])

    page = built.soup("_this_tests/sample.degree.html")
    links_in_foot = built.section("sample.degree", "degree.html").select(".this-tests-foot a")
    assert links_in_foot
    for link in links_in_foot:
        path, _, anchor = str(link["href"]).partition("#")
        if anchor:
            assert path == "_this_tests/sample.degree.html"
            assert len(page.select(f'[id="{anchor}"]')) == 1
    assert any(str(link["href"]).endswith("#direct") for link in links_in_foot)
