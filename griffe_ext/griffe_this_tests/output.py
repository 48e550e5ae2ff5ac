"""The output of a build: its sections and generated pages as HTML, made once all pages are rendered."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from markupsafe import Markup
from pygments.formatters import HtmlFormatter

from this_tests.docs import messages
from this_tests.docs.api_objects import ApiObject, ApiObjects
from this_tests.docs.content.evidence import Join
from this_tests.docs.content.file_page import FilePages, exercised_by
from this_tests.docs.content.overview import overview_of
from this_tests.docs.content.pages import Elsewhere, Pages
from this_tests.docs.content.section import Section, Sections
from this_tests.docs.node_ids import SuiteIndex
from this_tests.docs.render.addresses import Addresses, Site
from this_tests.docs.render.html import HtmlWriter
from this_tests.docs.snippets.snippet import Sources
from this_tests.docs.template_loader import templates

from .inputs import Inputs
from .placeholders import Described

__all__ = ["GeneratedPage", "Output"]


class GeneratedPage(NamedTuple):
    """A page of ours."""

    name: str
    title: str
    html: str


@dataclass(frozen=True)
class Output:
    """What a build shows.

    Attributes:
        wrap_code: Whether the theme styles code as ``<pre><code>``.
    """

    inputs: Inputs
    site: Site
    names: ApiObjects
    wrap_code: bool = True

    @cached_property
    def join(self) -> Join:
        """The evidence for documented objects."""
        inputs = self.inputs
        return Join(
            inputs.registry,
            self.names,
            None,
            inputs.origins.lineage,
            lambda: inputs.executed,
            inputs.observable.defines,
        )

    @cached_property
    def sources(self) -> Sources:
        """The sources of the tests."""
        return Sources(self.inputs.folder)

    @cached_property
    def pages(self) -> Pages:
        """The sections, page by page."""
        settings = self.inputs.settings
        sections = Sections(self.join, self.sources, settings, self.inputs.private, self.inputs.options)
        return Pages(self.names, sections, settings.exclude)

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses of pages and objects."""
        return Addresses(self.site, self.names, SuiteIndex(self.join.tests), self.inputs.settings)

    @cached_property
    def html(self) -> HtmlWriter:
        """The writer of HTML."""

        def formatter() -> "HtmlFormatter[str]":
            return HtmlFormatter(wrapcode=self.wrap_code)

        return HtmlWriter(formatter, templates([]), self.addresses, self.inputs.links, self.pages.repeating)

    def section(self, described: Described, page: str) -> str:
        """Return the HTML for an object where a page describes it; empty if there is nothing to say."""
        place = self.names.primary.get(described.name)
        anchor = described.name if place and place[0] == page else ""
        shown = self.pages.shown(ApiObject(described.name, described.kind, anchor))
        if isinstance(shown, Elsewhere):
            return self._line(shown.name, messages.text("Tests: see {name}"), shown.name, "", page)
        if not shown:
            return ""
        # Half of the sections of an API may be those of inherited members.
        if described.inherited and shown.inherited and self.addresses.object(shown.other, page):
            said = messages.text("Inherited: tests of {name}")
            return self._line(shown.name, said, shown.other, shown.counts, page)
        return self.html.section(shown, page)

    def _line(self, name: str, sentence: str, other: str, counts: str, page: str) -> str:
        before, after = sentence.split("{name}")
        line = Markup(
            '<div class="this-tests this-tests-missing no-search" data-api="{}"><p>'
            '<span class="this-tests-muted">{}<a href="{}"><code>{}</code></a>{}{}</span></p></div>'
        )
        url = self.addresses.object(other, page)
        return line.format(name, before, url, other, after, f" · {counts}" if counts else "")

    def generated(self) -> Iterator[GeneratedPage]:
        """Yield our own pages: the overview, those of test files, and those with all tests of an object."""
        described = [(documented, section) for documented, section in self.pages.primary() if section]
        if page := self.addresses.overview:
            title = messages.text("Tests of the API")
            overview = self.html.overview(overview_of(self.pages), page)
            frame = Markup('<section class="this-tests-page"><h1>{}</h1>{}</section>')
            yield GeneratedPage(page, title, frame.format(title, Markup(overview)))  # noqa: S704  # is HTML
        files = self._file_pages(described)
        for path in self.addresses.suite.files:
            if page := self.addresses.page_of_file(path):
                yield GeneratedPage(page, path, self.html.file(files.of(path)))
        for documented, section in described:
            if section.has_page:
                title = messages.text("Tests of {name}").format(name=section.name)
                html = self.html.all_tests(section, self.pages.sections.further(documented))
                yield GeneratedPage(self.addresses.page_of_all(section.name), title, html)

    def _file_pages(self, described: list[tuple[ApiObject, Section]]) -> FilePages:
        own = {section.name: documented for documented, section in described if not section.other}
        exercised = exercised_by(
            (section for _, section in described if not section.other),
            lambda section: self.pages.sections.further(own[section.name]),
        )
        return FilePages(
            self.addresses.suite, self.sources, self.inputs.registry, exercised, is_whole=self.join.is_whole
        )
