"""The output of a build: its sections and generated pages as HTML, made once all pages are rendered."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup
from pygments.formatters import HtmlFormatter

from this_tests.docs import messages
from this_tests.docs.api_objects import ApiObject, ApiObjects
from this_tests.docs.content.pages import Elsewhere
from this_tests.docs.render import output
from this_tests.docs.render.addresses import Site
from this_tests.docs.template_loader import templates

from .inputs import Inputs
from .placeholders import Described

__all__ = ["GeneratedPage", "Output"]


class GeneratedPage(NamedTuple):
    """A page of ours."""

    name: str
    title: str
    html: str


@dataclass(frozen=True, kw_only=True)
class Output(output.Output):
    """What the pages of a MkDocs site show."""

    @classmethod
    def of(cls, inputs: Inputs, site: Site, names: ApiObjects, *, wrap_code: bool) -> "Output":
        """Return the output of a build.

        Args:
            wrap_code: Whether the theme styles code as ``<pre><code>``.
        """
        return cls(
            site=site,
            names=names,
            registry=inputs.registry,
            settings=inputs.settings,
            folder=inputs.folder,
            origins=inputs.origins,
            observable=inputs.observable,
            executed=lambda: inputs.executed,
            templates=lambda: templates([]),
            formatter=lambda: HtmlFormatter(wrapcode=wrap_code),
            links=inputs.links,
            proven=inputs.proven,
            private=inputs.private,
            options=inputs.options,
        )

    def sections(self, page: str) -> Callable[[Described], str]:
        """Return what gives the sections of a page, one after the other."""
        anchors: set[str] = set()

        def section(described: Described) -> str:
            html, name = self.section(described, page), described.name
            is_target = self.names.primary.get(name, ("", ""))[0] == page
            if described.has_anchor or not is_target or name in anchors:
                return html
            anchors.add(name)
            return Markup('<div id="{}">{}</div>').format(name, Markup(html))  # noqa: S704  # is HTML

        return section

    def section(self, described: Described, page: str) -> str:
        """Return the HTML for an object where a page describes it; empty if there is nothing to say."""
        if described.is_placed:
            asked = self.pages.named(described.name, page)
            return self.html.section(asked, page) if asked else ""
        place = self.names.primary.get(described.name)
        anchor = described.name if place and place[0] == page else ""
        shown = self.pages.shown(ApiObject(described.name, described.kind, anchor))
        if isinstance(shown, Elsewhere):
            return self._line(shown.name, messages.text("Tests: see {name}"), shown.name, "", page)
        if not shown:
            return ""
        # Half of the sections of an API may be those of inherited members.
        if described.is_inherited and shown.inherited and self.addresses.object(shown.other, page):
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
            overview = self.html.overview(self.overview, page)
            frame = Markup('<section class="this-tests-page"><h1>{}</h1>{}</section>')
            yield GeneratedPage(page, title, frame.format(title, Markup(overview)))  # noqa: S704  # is HTML
        for path in self.suite.files:
            if page := self.addresses.page_of_file(path):
                yield GeneratedPage(page, path, self.html.file(self.file_pages.of(path)))
        for documented, section in described:
            if section.has_page:
                title = messages.text("Tests of {name}").format(name=section.name)
                html = self.html.all_tests(section, self.pages.sections.further(documented))
                yield GeneratedPage(self.addresses.page_of_all(section.name), title, html)
