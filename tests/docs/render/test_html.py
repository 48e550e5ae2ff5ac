"""HTML of sections, made without any tool that writes docs."""

from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup
from pygments.formatters import HtmlFormatter

from this_tests import Entry, Link, Registry, this_tests
from this_tests.docs import messages
from this_tests.docs.api_objects import ApiObject, ApiObjects
from this_tests.docs.content.evidence import Join
from this_tests.docs.content.section import Sections
from this_tests.docs.node_ids import SuiteIndex
from this_tests.docs.render.addresses import Addresses
from this_tests.docs.render.html import HtmlWriter
from this_tests.docs.settings import PageSettings
from this_tests.docs.snippets.folder import Folder
from this_tests.docs.snippets.snippet import Sources
from this_tests.docs.source_links import Links
from this_tests.docs.template_loader import templates


@dataclass(frozen=True)
class Pages:
    """A site with a folder for each page."""

    pages: frozenset[str] = frozenset({"api", "writing"})
    has_own_pages: bool = True

    def is_page(self, name: str) -> bool:
        return name in self.pages

    def target(self, page: str) -> str:
        return f"{page}/"

    def relative(self, _origin: str, page: str) -> str:
        return f"../{page}/"


def section_of(root: Path, described: ApiObject, registry: Registry) -> BeautifulSoup:
    names = ApiObjects({"api": (described,)}, {described.name: ()}, {described.name: ("api", described.name)})
    settings = PageSettings(how_to_url="writing#one")
    join = Join(registry, names)
    addresses = Addresses(Pages(), names, SuiteIndex(join.tests), settings)
    links = Links("https://example.org/{path}#L{line}")
    writer = HtmlWriter(lambda: HtmlFormatter(wrapcode=True), templates([]), addresses, links)
    messages.speak("en")
    section = Sections(join, Sources(Folder(root)), settings).of(described)
    assert section
    return BeautifulSoup(writer.section(section, "api"), "html.parser")


def test_a_section_has_its_tests_with_their_source_and_links(tmp_path: Path):
    this_tests(HtmlWriter.section, Addresses.test)
    (tmp_path / "test_it.py").write_text("import pkg\n\ndef test_f():\n    assert pkg.f() == 1\n")
    registry = Registry(callables={"pkg.f": Entry(declared={"test_it.py::test_f": Link()})})

    section = section_of(tmp_path, ApiObject("pkg.f", "function", "pkg.f"), registry)

    assert section.summary
    assert section.summary.text.split() == ["Tests", "exercising", "this", "function", "1", "test"]
    assert [link["href"] for link in section.select("a[href^=http]")] == ["https://example.org/test_it.py#L3"]
    assert section.select(".hll")[0].text.strip() == "assert pkg.f() == 1"
    assert section.select('a[href="../_this_tests/files/test_it.py/#test_f"]')


def test_what_has_no_tests_says_so_with_a_link_to_a_page_of_the_site(tmp_path: Path):
    this_tests(HtmlWriter.section, Addresses.how_to)
    section = section_of(tmp_path, ApiObject("pkg.f", "function", "pkg.f"), Registry())
    assert "How to add one" in section.text
    assert [link["href"] for link in section.select("a")] == ["../writing/#one"]
