"""HTML of sections, of the overview and of generated pages, made from the Jinja templates."""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from html import escape
from types import MappingProxyType
from typing import Any

import pygments
from jinja2 import Environment
from markupsafe import Markup
from pygments.formatters import HtmlFormatter

from .. import messages
from ..content.file_page import FilePage
from ..content.overview import Item, Overview
from ..content.ranking import PROVEN, STANDINGS
from ..content.section import Section, SectionRow, short
from ..snippets.snippet import Snippet
from ..source_links import Links
from .addresses import Addresses
from .lexer import SnippetLexer

__all__ = ["HtmlWriter"]

# Of more tests, the page with all of them links their files only: addresses are longer than names.
_LINKED = 1000
_NO_FILTERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class HtmlWriter:
    """Writes content as HTML.

    Attributes:
        formatter: Makes the formatter of Pygments that colours sources as the docs' other code.
        repeating: Gives for a page the sections whose first source of a test another one above shows.
    """

    formatter: Callable[[], "HtmlFormatter[str]"]
    templates: Environment
    addresses: Addresses
    links: Links
    repeating: Callable[[str], Collection[str]] = field(default=lambda _: ())

    def section(self, section: Section, page: str) -> str:
        """Return the HTML of a section on a page."""
        has_all = section.has_page and self.addresses.has_own_pages
        all_page = self.addresses.page_of_all(section.name) if has_all else ""
        return self._section(
            "section.html",
            page,
            section,
            section.rows if all_page else (*section.rows, *section.others),
            how_to_url=self.addresses.how_to(section.how_to_url, page),
            inherited_url=self.addresses.object(section.other, page),
            all_url=self.addresses.page(all_page, page) if all_page else "",
            anchor_of=self._anchor_of,
            is_repeated=section.name in self.repeating(page),
        )

    def all_tests(self, section: Section, further: Mapping[str, bool]) -> str:
        """Return the HTML of the page with all tests of an object.

        Args:
            further: The tests that the section does not have, and whether they call the object directly.
        """
        page = self.addresses.page_of_all(section.name)
        return self._section(
            "all.html",
            page,
            section,
            (*section.rows, *section.others),
            object_url=self._object_url(section.name, page),
            overview_url=self._overview_url(page),
            further=list(self._by_file(further, frozenset(section.proven), page)),
            anchor_of=self._anchor_of,
            anchors=self._anchors(section, {test.partition("::")[0] for test in further}),
            open=self.addresses.settings.open,
        )

    def _object_url(self, name: str, page: str) -> str:
        """Return the address of an object's description; nothing if that is on the page itself."""
        described = self.addresses.names.primary.get(name, ("", ""))[0]
        return "" if described == page else self.addresses.object(name, page)

    def _anchor_of(self, path: str) -> str:
        """Return the anchor of the tests of a file on the page of all tests."""
        return f"file-{self.addresses.suite.names.get(path, '')}"

    def _anchors(self, section: Section, files: Collection[str]) -> dict[str, list[str]]:
        """Return the anchors before tests: where those that call the object begin, and those of each file.

        Args:
            files: The files that have a heading on the page.
        """
        found: dict[str, list[str]] = {}
        seen = set(map(self._anchor_of, files))
        for row in (*section.rows, *section.others):
            for anchor in (*([row.standing] if row.standing == "direct" else []), self._anchor_of(row.file)):
                if anchor not in seen:
                    found.setdefault(row.test, []).append(anchor)
                    seen.add(anchor)
        return found

    def _by_file(
        self, tests: Mapping[str, bool], proven: Container[str], page: str
    ) -> Iterator[tuple[str, str, Markup]]:
        """Yield each file of *tests*: its path, its address if it has a page, and its tests as list items."""
        linked = len(tests) <= _LINKED
        direct, noticing = map(_label, ("direct", PROVEN))
        files: dict[str, list[str]] = {}
        for test, calls in tests.items():
            path, _, name = test.partition("::")
            url = self.addresses.test(test, page) if linked else ""
            shown = escape(short(name.replace("::", ".")) or path)
            item = f'<a href="{escape(url)}">{shown}</a>' if url else shown
            labels = f"{direct if calls else ''}{noticing if test in proven else ''}"
            files.setdefault(path, []).append(f"<li>{item}{labels}</li>")
        for path, items in files.items():
            text = "\n".join(items)
            yield path, self.addresses.test(path, page), Markup(text)  # noqa: S704  # names are escaped

    def file(self, file: FilePage) -> str:
        """Return the HTML of the page of a test file."""
        page = self.addresses.page_of_file(file.path)
        return self._render(
            "file.html",
            file=file,
            legend=_legend(
                standing
                for group in file.groups
                for entry in group.entries
                for exercised in entry.exercised
                for standing in (exercised.standing, *([PROVEN] if exercised.proven else []))
            ),
            links=self.links,
            object_url=lambda name: self.addresses.object(name, page),
            overview_url=self._overview_url(page),
        )

    def overview(
        self,
        overview: Overview,
        page: str,
        filters: Mapping[str, str] = _NO_FILTERS,
        kept_by: Mapping[str, Collection[str]] = _NO_FILTERS,
    ) -> str:
        """Return the HTML of the overview on a page.

        Args:
            filters: The labels of further filters, by their names.
            kept_by: The names of those that keep a callable, by its name.
        """
        addresses = self.addresses

        def all_url(item: Item) -> str:
            has_all = item.has_all and addresses.has_own_pages
            return addresses.page(addresses.page_of_all(item.name), page) if has_all else ""

        return self._render(
            "overview.html",
            overview=overview,
            legend=[
                *([(overview.proven, overview.proven_explained)] if overview.proven else []),
                *(entry for entry in _legend(STANDINGS) if entry[0] in overview.kinds),
            ],
            object_url=lambda name: addresses.object(name, page),
            all_url=all_url,
            filters=filters,
            kept_by=kept_by,
        )

    def _section(
        self, template: str, page: str, section: Section, rows: Iterable[SectionRow], **values: object
    ) -> str:
        return self._render(
            template,
            section=section,
            legend=_legend([*(row.standing for row in rows), *([PROVEN] if section.proven else [])]),
            highlight=self._highlight,
            links=self.links,
            test_url=lambda test: self.addresses.test(test, page),
            **values,
        )

    def _overview_url(self, page: str) -> str:
        overview = self.addresses.overview
        return self.addresses.page(overview, page) if overview else ""

    def _render(self, template: str, **values: Any) -> str:
        return self.templates.get_template(f"this_tests/{template}").render(**values)

    @cached_property
    def _highlight(self) -> Callable[[Snippet], Markup]:
        return _highlighter(self.formatter())


def _legend(standings: Iterable[str]) -> list[tuple[str, str]]:
    """Return the labels for the kinds of evidence that occur, each with a sentence."""
    used = set(standings)
    return [
        (messages.kind(standing), messages.explained(standing))
        for standing in (PROVEN, *STANDINGS)
        if standing in used
    ]


def _label(standing: str) -> str:
    return f' <span class="this-tests-label">{escape(messages.kind(standing))}</span>'


def _highlighter(formatter: "HtmlFormatter[str]") -> Callable[[Snippet], Markup]:
    """Return a cached function from a snippet to its HTML, in the colours of *formatter*."""
    lexer = SnippetLexer()

    @lru_cache(maxsize=4096)
    def highlight(snippet: Snippet) -> Markup:
        # Making a formatter for each snippet would cost more than using it.
        formatter.hl_lines = set(snippet.calls)
        block = pygments.highlight(snippet.text, lexer, formatter)
        return Markup(block)  # noqa: S704  # Pygments escapes what it colours

    return highlight
