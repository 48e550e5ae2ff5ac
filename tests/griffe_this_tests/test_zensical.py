"""Sites of Zensical, which has no plugins: sections by the Griffe extension, and by the Markdown extension."""

import os
import subprocess
import sys
from typing import Any

import pytest
import yaml
from mkdocs_sites import BuiltSite, MkDocsSite

from griffe_this_tests import ThisTestsExtension
from griffe_this_tests.markdown_extension import ThisTestsMarkdown
from griffe_this_tests.plugin import ThisTestsPlugin
from this_tests import this_tests

pytest.importorskip("zensical")
pytestmark = pytest.mark.slow

OPTIONS = {"source_url": "https://example.org/{path}#L{line}", "limit": 1}


def built_by_zensical(site: MkDocsSite, extension: object, *markdown: object) -> BuiltSite:
    """Build strictly, with an extension of Griffe, or without mkdocstrings for None, and some of Markdown.

    No plugin of ours is named.
    """
    chosen = {"inherited_members": True, "show_root_heading": True, "extensions": [extension]}
    handlers = {"python": {"paths": ["src"], "options": chosen}}
    config: dict[str, Any] = {
        "site_name": "Site",
        "site_url": "http://127.0.0.1/",
        "plugins": ["search", *([{"mkdocstrings": {"handlers": handlers}}] if extension else [])],
        "markdown_extensions": ["admonition", "pymdownx.superfences", *markdown],
    }
    site.write("mkdocs.yml", yaml.safe_dump(config))
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    done = subprocess.run(
        command,
        cwd=site.root,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return BuiltSite(site.root / "site", done.stdout + done.stderr)


def test_each_described_object_has_its_section(site: MkDocsSite):
    this_tests(ThisTestsExtension.on_function, ThisTestsExtension.on_class, ThisTestsExtension.on_attribute)
    built = built_by_zensical(site, {"griffe_this_tests": OPTIONS})
    shown = built.sections("api")
    assert shown["pkg.add"].startswith("Tests exercising this function 2 tests")
    assert shown["pkg.Base.size"].startswith("Tests exercising this property 1 test")
    assert shown["pkg.Base.untested"] == "No tests declared."
    assert shown["pkg.Sub.method"].startswith("Tests exercising this method 1 test")
    assert "Adds <script>alert(1)</script> numbers." in shown["pkg.add"]
    assert "<script>alert" not in built.page("api").decode()


def test_a_section_stands_by_itself(site: MkDocsSite):
    """It has all tests, with links to sources and to no page that is not there."""
    this_tests(ThisTestsExtension.on_function)
    built = built_by_zensical(site, {"griffe_this_tests": OPTIONS})
    section = built.page("api").select_one("[data-api='pkg.add']")
    assert section
    assert [details.summary.get_text() for details in section.select(".this-tests-others")] == ["All 2 tests"]
    links = [str(link["href"]) for link in section.select("a[href]")]
    assert links == ["https://example.org/tests/test_it.py#L6", "https://example.org/tests/test_it.py#L11"]
    assert "alert" not in (built.folder / "search.json").read_text(encoding="utf-8")


def test_comments_have_sections_and_bring_the_stylesheet(site: MkDocsSite):
    this_tests(ThisTestsMarkdown.extendMarkdown)
    site.add("markdown.txt")
    site.write("docs/api.md", "# API\n\n::: pkg.add\n")
    built = built_by_zensical(
        site, "griffe_this_tests", {"griffe_this_tests": {**OPTIONS, "how_to_url": "a.md"}}
    )
    assert list(built.sections("")) == ["pkg.add", "pkg.Base.method", "pkg.Base.untested"]
    assert ".this-tests" in str(built.page("").select_one("article style"))
    assert ".this-tests" in str(built.page("api").select_one("article style"))
    assert built.page("").get_text().count("<!-- this-tests: pkg.Base -->") == 3
    assert built.said.count("<!-- this-tests: pkg.nothing -->: unknown name") == 1
    assert "how_to_url: 'a.md'" in built.said


def test_what_mkautodoc_describes_has_sections(site: MkDocsSite):
    this_tests(ThisTestsMarkdown.extendMarkdown)
    pytest.importorskip("mkautodoc")
    site.add("markdown.txt")
    shown = built_by_zensical(site, None, "mkautodoc", "griffe_this_tests").sections("api")
    assert list(shown) == ["pkg.add", "pkg.Base", "pkg.Base.method", "pkg.Base.make", "pkg.Base.untested"]
    assert shown["pkg.Base.method"].startswith("Tests exercising this method 1 test")


@pytest.mark.parametrize("registry", [None, "{"])
def test_without_a_registry_pages_have_no_sections(site: MkDocsSite, registry: str | None):
    this_tests(ThisTestsExtension.on_function)
    (site.root / "test_registry.json").unlink()
    if registry:
        site.write("test_registry.json", registry)
    built = built_by_zensical(site, {"griffe_this_tests": {"limmit": 1}}, "griffe_this_tests")
    assert built.sections("api") == {}
    assert "no tests are shown" in built.said
    assert "limmit: no such option" in built.said


def test_mkdocs_without_the_plugin_has_sections_as_well(site: MkDocsSite):
    this_tests(ThisTestsExtension.on_class)
    built = site.build(options={"extensions": ["griffe_this_tests"]}, markdown=["griffe_this_tests"])
    assert built.sections("api")["pkg.add"].startswith("Tests exercising this function 2 tests")


def test_the_plugin_takes_over_where_both_are_named(site: MkDocsSite):
    """Then one configuration serves both tools."""
    this_tests(ThisTestsPlugin.on_config)
    # YAML would make one object of one.
    griffe, markdown = {"griffe_this_tests": {"limit": 1}}, {"griffe_this_tests": {"limit": 1}}
    built = site.build({}, options={"extensions": [griffe]}, markdown=[markdown])
    assert built.page("api").select_one("[data-api='pkg.add'] a[href='../_this_tests/pkg.add/']")
    assert not built.page("api").select("aside[data-search-exclude]")
    assert len(built.page("api").select("[data-api='pkg.add']")) == 1
