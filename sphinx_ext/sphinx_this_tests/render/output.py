"""The output of a build: its sections, overview and HTML, made once all pages are read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial

from docutils import nodes
from sphinx import addnodes
from sphinx.builders import Builder

from this_tests import Registry
from this_tests.support import Origins

from .. import incremental, messages
from ..content.evidence import Amend, Join
from ..content.file_page import FilePage
from ..content.overview import Item, Overview, overview
from ..content.pages import Elsewhere, Pages
from ..content.ranking import STANDINGS
from ..content.section import Section, Sections, is_maker
from ..doctree.api_objects import ApiObject, ApiObjects
from ..doctree.domain import ByHand
from ..doctree.nodes import overview_node, section_node
from ..inputs import Inputs
from ..node_ids import SuiteIndex
from ..snippets.snippet import Sources
from . import plain
from .addresses import Addresses, is_page

__all__ = ["Output"]

_CLASSES = frozenset({"class", "exception"})


@dataclass(frozen=True)
class Output:
    """What a build shows, in the format of its builder; the same in all parallel writers.

    Attributes:
        by_hand: The directives and roles in pages.
        amend: Lets other extensions change the evidence.
    """

    inputs: Inputs
    builder: Builder
    names: ApiObjects
    registry: Registry
    by_hand: ByHand = field(default_factory=ByHand)
    amend: Amend | None = None

    @cached_property
    def join(self) -> Join:
        """The evidence for documented objects."""
        library = self.inputs.library
        return Join(self.registry, self.names, self.amend, Origins(library.read, self.inputs.roots).of)

    @cached_property
    def sources(self) -> Sources:
        """The sources of the tests."""
        return Sources(self.inputs.folder)

    @cached_property
    def pages(self) -> Pages:
        """The sections, page by page."""
        settings, private = self.inputs.settings, self.inputs.paths.private
        return Pages(self.names, Sections(self.join, self.sources, settings, private), settings.exclude)

    @cached_property
    def suite(self) -> SuiteIndex:
        """The tests that the registry lists."""
        return SuiteIndex(self.registry.linked_tests())

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses of pages and objects."""
        overviews = self.by_hand.overviews
        return Addresses(self.builder, self.names, self.suite, self.inputs.settings, overviews)

    @cached_property
    def overview(self) -> Overview:
        """The overview of the API."""
        classes = {
            documented.name for documented, _ in self.pages.primary() if documented.objtype in _CLASSES
        }
        return overview(self._items(), classes, [messages.kind(standing) for standing in STANDINGS])

    def digests(self) -> dict[str, str]:
        """Return the digest of what each page shows, for pages that show sections or link to tests."""
        hand = self.by_hand
        pages = {*self.names.pages, *hand.targets, *hand.placed, *hand.overviews}
        shown = {page: tuple(self._shown_on(page)) for page in sorted(pages)}
        look = (*self.inputs.look, self.builder.config.language)
        return {page: incremental.digest((look, *content)) for page, content in shown.items() if content}

    def unplaced(self, known: Iterable[ApiObject]) -> list[str]:
        """Return the names of those *known* objects that have tests, but no section on any page."""
        placed = {documented.name for objects in self.names.pages.values() for documented in objects}
        placed.update(name for names in self.by_hand.placed.values() for name in names)
        missing = (documented for documented in known if documented.name not in placed)
        return [documented.name for documented in missing if self.join.evidence_for(documented).evidence]

    def overview_nodes(self, page: str) -> list[nodes.Node]:
        """Return the nodes that show the overview on a page."""
        if self.builder.format == "html":
            return [overview_node("", page=page, classes=["no-search"])]
        return plain.plain_overview(self.overview)

    def nodes_for(self, shown: Section | Elsewhere | None, page: str) -> list[nodes.Node]:
        """Return the nodes that show a section on a page."""
        if shown is None:
            return []
        if isinstance(shown, Elsewhere):
            return plain.elsewhere(shown.name)
        if self.builder.format == "html":
            return [section_node("", section=shown, page=page, classes=["no-search"])]
        how_to = partial(self._how_to, shown.how_to_url)
        return plain.plain(shown, self.inputs.links, how_to, breaks=self.builder.format == "latex")

    def html(self, section: Section, page: str) -> str:
        """Return the HTML of a section on a page."""
        has_all = section.others and self.addresses.has_own_pages
        all_page = self.addresses.page_of_all(section.name) if has_all else ""
        return self._rendered(
            "section.html",
            page,
            section,
            how_to_url=self.addresses.how_to(section.how_to_url, page),
            inherited_url=self.addresses.object(section.other, page),
            all_url=self.addresses.page(all_page, page) if all_page else "",
        )

    def html_of_all(self, section: Section) -> str:
        """Return the HTML of the page with all tests of an object."""
        page = self.addresses.page_of_all(section.name)
        overview = self.addresses.overview
        return self._rendered(
            "all.html",
            page,
            section,
            object_url=self.addresses.object(section.name, page),
            overview_url=self.addresses.page(overview, page) if overview else "",
        )

    def overview_html(self, page: str) -> str:
        """Return the HTML of the overview on a page."""
        addresses = self.addresses

        def all_url(item: Item) -> str:
            has_all = item.has_all and addresses.has_own_pages
            return addresses.page(addresses.page_of_all(item.name), page) if has_all else ""

        return self.inputs.templates.get_template("this_tests/overview.html").render(
            overview=self.overview, object_url=lambda name: addresses.object(name, page), all_url=all_url
        )

    def _rendered(self, template: str, page: str, section: Section, **urls: str) -> str:
        return self.inputs.templates.get_template(f"this_tests/{template}").render(
            section=section,
            highlight=self._highlight,
            links=self.inputs.links,
            test_url=lambda test: self.addresses.test(test, page),
            **urls,
        )

    def _items(self) -> Iterator[Item]:
        for documented, section in self.pages.primary():
            tested = section is not None and section.tests > 0
            excluded = documented.objtype == "module" or self.pages.is_off(documented)
            if (
                not excluded
                and (tested or self.pages.sections.missing(documented))
                and not is_maker(documented.name)
            ):
                kinds = section.kinds if section else (0,) * len(STANDINGS)
                tests = section.tests if section else 0
                yield Item(
                    documented.name, documented.objtype, tests, kinds, bool(section and section.others)
                )

    def _how_to(self, target: str, text: str) -> nodes.Node:
        if is_page(self.builder, target):
            page = "/" + target.partition("#")[0]
            link = {"refdomain": "std", "reftype": "doc", "reftarget": page, "refexplicit": True}
            return addnodes.pending_xref("", nodes.inline("", text), refwarn=True, **link)
        return nodes.reference("", text, refuri=target, internal=False)

    def html_of_file(self, file: FilePage) -> str:
        """Return the HTML of the page of a test file."""
        page = self.addresses.page_of_file(file.path)
        overview = self.addresses.overview
        return self.inputs.templates.get_template("this_tests/file.html").render(
            file=file,
            links=self.inputs.links,
            object_url=lambda name: self.addresses.object(name, page),
            overview_url=self.addresses.page(overview, page) if overview else "",
        )

    def _shown_on(self, page: str) -> Iterator[object]:
        """Yield all that a page shows, and the targets of its links."""
        hand = self.by_hand
        for shown in self.pages.on(page):
            yield shown
            if isinstance(shown, Section) and shown.other:
                yield self.names.primary.get(shown.other)
        yield from (self.pages.named(name, page) for name in hand.placed.get(page, ()))
        yield from ((target, self.suite.find(target)) for target in hand.targets.get(page, ()))
        if page in hand.overviews:
            yield self.overview

    @cached_property
    def _highlight(self) -> plain.Highlight:
        return plain.highlighter(self.builder.highlighter)  # type: ignore[attr-defined]  # HTML builders have one
