"""Sites of MkDocs with the plugin, in three themes; each is built strictly, with all validations on."""

from dataclasses import fields
from pathlib import Path

import pytest
from mkdocs_sites import BuiltSite, MkDocsSite
from observing import store_proofs

from griffe_this_tests import ThisTestsExtension, templates_folder
from griffe_this_tests.options import Options, PluginSettings, checked
from griffe_this_tests.plugin import ThisTestsPlugin
from this_tests import this_tests

pytestmark = pytest.mark.slow

OPTIONS = {"limit": 1, "source_url": "https://example.org/{path}#L{line}"}


@pytest.fixture(scope="module", params=["material", "mkdocs", "readthedocs"])
def themed(request, tmp_path_factory) -> MkDocsSite:
    site = MkDocsSite(tmp_path_factory.mktemp(request.param) / "project", request.param)
    site.add("site.txt")
    return site


@pytest.fixture(scope="module")
def built(themed: MkDocsSite) -> BuiltSite:
    return themed.build(OPTIONS)


def test_each_described_object_has_its_section_under_its_documented_name(built: BuiltSite):
    this_tests(
        ThisTestsExtension.on_class,
        ThisTestsExtension.on_function,
        ThisTestsExtension.on_attribute,
        ThisTestsExtension.on_module,
        ThisTestsPlugin.on_post_page,
        templates_folder,
    )
    shown = built.sections("api")
    assert shown["pkg.add"].startswith("Tests exercising this function 2 tests")
    assert shown["pkg.Base.method"].startswith("Tests exercising this method 1 test")
    assert shown["pkg.Base.size"].startswith("Tests exercising this property 1 test")
    assert shown["pkg.Base.untested"] == "No tests declared."
    assert "WARNING" not in built.said
    assert "data-this-tests=" not in built.page("api").decode()


def test_an_inherited_member_is_one_line_with_a_link(built: BuiltSite):
    this_tests(ThisTestsPlugin.on_post_page)
    assert built.sections("api")["pkg.Sub.method"] == "Inherited: tests of pkg.Base.method · 1 test"
    link = built.page("api").select_one("[data-api='pkg.Sub.method'] a")
    assert link
    assert str(link["href"]).endswith("#pkg.Base.method")


def test_a_second_description_leads_to_the_first(built: BuiltSite):
    this_tests(ThisTestsPlugin.on_env)
    link = built.page("again").select_one("[data-api='pkg.add'] a")
    assert link
    assert link["href"] == "../api/#pkg.add"
    # The first in the navigation, though its file comes later.
    assert built.sections("api")["pkg.add"].startswith("Tests exercising")


def test_the_search_finds_what_it_finds_without_us(themed: MkDocsSite, built: BuiltSite):
    this_tests(ThisTestsPlugin.on_post_page, ThisTestsPlugin.on_env)
    assert built.search_index == themed.build().search_index


def test_generated_pages_lead_to_each_other(built: BuiltSite):
    this_tests(ThisTestsPlugin.on_env)
    overview, tests = "_this_tests/overview", "_this_tests/files/tests-test_it.py"
    every = "_this_tests/pkg.add"
    assert built.page(overview).select_one("tr[data-api='pkg.add'] a")
    for page in ("api", "again", overview, tests, every):
        links = built.page(page).select(":is(.this-tests, .this-tests-page) a[href]")
        folder = built.folder / page
        for link in links:
            target, _, anchor = str(link["href"]).partition("#")
            if not target.startswith("https:"):
                file = (folder / target).resolve() / "index.html"
                assert file.is_file()
                assert not anchor or f'id="{anchor}"' in file.read_text(encoding="utf-8")


def test_nothing_from_a_test_is_markup(built: BuiltSite):
    this_tests(ThisTestsPlugin.on_post_page)
    for file in built.folder.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_pages_load_our_files(built: BuiltSite):
    this_tests(ThisTestsPlugin.on_files, ThisTestsPlugin.on_config)
    page = built.page("_this_tests/overview")
    ours = [str(tag.get("href") or tag.get("src")) for tag in page.select("link[href], script[src]")]
    names = [Path(name).name for name in ours if name.startswith("../") and not name.startswith("../../")]
    assert {"this-tests.css", "this-tests.js"} <= set(names)
    assert all((built.folder / "_this_tests" / name).is_file() for name in names)


def test_without_a_registry_a_line_says_so_and_pages_are_as_without_us(site: MkDocsSite):
    this_tests(ThisTestsPlugin.on_config)
    (site.root / "test_registry.json").unlink()
    built = site.build({})
    (line,) = [line for line in built.said.splitlines() if "this-tests" in line]
    assert line.startswith("INFO")
    assert "no such file" in line
    bare = site.build()
    assert (built.folder / "api/index.html").read_bytes() == (bare.folder / "api/index.html").read_bytes()


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 99, "callables": {}}'])
def test_a_broken_registry_ends_no_build(site: MkDocsSite, content: str):
    this_tests(ThisTestsPlugin.on_config)
    site.write("test_registry.json", content)
    assert "no tests are shown" in site.build({}).said


def test_a_wrong_option_is_told_and_has_its_default(site: MkDocsSite):
    this_tests(ThisTestsPlugin.on_config)
    built = site.build({"limit": 0, "open": "some", "exclude": ["pkg.Base*"], "overview": "../out"})
    assert "limit: 0: must be at least 1" in built.said
    assert "open: 'some'" in built.said
    assert "overview: '../out'" in built.said
    assert "pkg.add" in built.sections("api")
    assert "pkg.Base.method" not in built.sections("api")


def test_a_template_of_another_extension_is_kept(site: MkDocsSite):
    this_tests(ThisTestsExtension.on_function)
    site.write(
        "theirs.py",
        "import griffe\n\n\nclass Theirs(griffe.Extension):\n"
        "    def on_function(self, *, func, **kwargs):\n"
        "        func.extra['mkdocstrings']['template'] = 'theirs.html.jinja'\n",
    )
    site.write(
        "templates/python/material/theirs.html.jinja",
        "{% extends '_base/function.html.jinja' %}\n{% block contents %}THEIRS {{ super() }}{% endblock %}\n",
    )
    built = site.build({}, options={"extensions": ["theirs.py"]}, custom_templates="templates")
    described = built.page("api").select_one(".doc-function:has(#pkg\\.add)")
    assert described
    assert "THEIRS" in described.get_text()
    assert described.select_one("[data-api='pkg.add']")


def test_the_plugins_options_have_the_names_of_the_settings():
    this_tests(checked)
    assert set(Options()) | {"page_summary"} == {setting.name for setting in fields(PluginSettings)}
    assert checked({"first": ["a"], "limit": True, "exclude": [1]}) == (
        PluginSettings(first=("a",)),
        {"limit": "limit: True: must be int", "exclude": "exclude: [1]: must be a list of str"},
    )


def test_a_failure_of_ours_ends_no_build(site: MkDocsSite):
    this_tests(ThisTestsPlugin.on_env)
    # A theme may need what only pages of its project have.
    site.write(
        "theme/main.html",
        "{% extends 'base.html' %}{% block extrahead %}{% if page and not page.markdown %}{{ page.meta.a.b }}{% endif %}{% endblock %}",
    )
    built = site.build({}, custom_dir="theme")
    assert "sections are missing, because on_env failed" in built.said
    assert built.sections("api") == {}


def test_a_test_that_is_proven_to_fail_without_an_object_has_a_label(tmp_path: Path):
    this_tests("griffe_this_tests.inputs.Inputs.proven", "this_tests.prove.proven.proven_for_docs")
    site = MkDocsSite(tmp_path / "project", "mkdocs")
    site.add("site.txt")
    store_proofs(site.root, {"pkg._impl:add": ["tests/test_it.py::test_add"]}, {"pkg._impl:add": "pkg.add"})
    page = site.build({}).page("_this_tests/pkg.add")
    row = page.select_one('[data-test="tests/test_it.py::test_add"]')
    assert [label.text for label in row.select(".this-tests-label")] == ["declared", "fails without it"]
    assert (
        "fails without it: The test fails if this does nothing." in page.select_one(".this-tests-legend").text
    )
