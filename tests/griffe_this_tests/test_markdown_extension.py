"""Sections at comments in Markdown, and in descriptions by mkautodoc."""

from pathlib import Path

import pytest
from mkdocs_sites import BuiltSite, MkDocsSite

from griffe_this_tests.markdown_extension import ThisTestsMarkdown
from griffe_this_tests.plugin import ThisTestsPlugin
from this_tests import this_tests

pytest.importorskip("mkautodoc")
pytestmark = pytest.mark.slow


def site_in(folder: Path) -> MkDocsSite:
    site = MkDocsSite(folder / "project", "mkdocs")
    site.add("site.txt")
    site.add("markdown.txt")
    return site


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> MkDocsSite:
    return site_in(tmp_path_factory.mktemp("markdown"))


@pytest.fixture(scope="module")
def built(site: MkDocsSite) -> BuiltSite:
    return site.build({}, markdown=["mkautodoc", "admonition"], mkdocstrings=False)


def test_a_comment_has_the_section_of_its_object(built: BuiltSite):
    this_tests(ThisTestsMarkdown.extendMarkdown, ThisTestsPlugin.on_config)
    shown = built.sections("")
    assert list(shown) == ["pkg.add", "pkg.Base.method", "pkg.Base.untested"]
    assert shown["pkg.add"].startswith("Tests exercising this function 2 tests")
    assert shown["pkg.Base.method"].startswith("Tests exercising this method 1 test")
    assert shown["pkg.Base.untested"] == "No tests declared."
    assert built.page("").select_one(".admonition [data-api='pkg.Base.untested']")


def test_a_comment_in_code_is_text(built: BuiltSite):
    this_tests(ThisTestsMarkdown.extendMarkdown)
    assert built.page("").get_text().count("<!-- this-tests: pkg.Base -->") == 3


def test_what_mkautodoc_describes_has_its_section_behind_it(built: BuiltSite):
    this_tests(ThisTestsMarkdown.extendMarkdown)
    described = built.page("api").select("div.autodoc")[1]
    order = [
        str(part.get("data-api") or part.get_text(strip=True))
        for part in described.select(".autodoc-signature > code, .autodoc-docstring, [data-api]")
    ]
    assert order == [
        *("pkg.Base", "A base.", "pkg.Base"),
        *("method", "Return it.", "pkg.Base.method"),
        *("make", "Make one.", "pkg.Base.make"),
        *("untested", "Return six.", "pkg.Base.untested"),
    ]
    assert built.sections("api")["pkg.Base.make"] == "No tests declared."


def test_links_lead_to_what_mkautodoc_describes(built: BuiltSite):
    this_tests(ThisTestsPlugin.on_post_page)
    link = built.page("_this_tests/overview").select_one("tr[data-api='pkg.add'] a")
    assert link
    assert link["href"] == "../../api/#pkg.add"
    assert len(built.page("api").select("[id='pkg.add']")) == 1
    assert not built.page("again").select("[id='pkg.add']")
    assert built.sections("again")["pkg.add"].startswith("Tests exercising this function")


def test_an_unknown_name_is_told_once_and_ends_no_strict_build(built: BuiltSite):
    this_tests(ThisTestsPlugin.on_env)
    (line,) = [line for line in built.said.splitlines() if "this-tests" in line and "pkg.nothing" in line]
    assert line.startswith("INFO")
    assert "unknown name" in line
    assert "WARNING" not in built.said


def test_the_search_finds_no_tests(site: MkDocsSite, built: BuiltSite):
    this_tests(ThisTestsMarkdown.extendMarkdown)
    bare = site.build(markdown=["mkautodoc", "admonition"], mkdocstrings=False)
    assert built.search_index == bare.search_index


def test_a_comment_on_a_line_with_text_is_told(tmp_path: Path):
    this_tests(ThisTestsMarkdown.extendMarkdown)
    site = site_in(tmp_path)
    site.write("docs/again.md", "# Again\n\nText <!-- this-tests: pkg.add -->\n\n<!-- this-tests: a b -->\n")
    built = site.build({}, markdown=["mkautodoc", "admonition"], mkdocstrings=False)
    assert "<!-- this-tests: pkg.add -->: is on a line with something else" in built.said
    assert "'a b' is no dotted name" in built.said
    assert built.sections("again") == {}
