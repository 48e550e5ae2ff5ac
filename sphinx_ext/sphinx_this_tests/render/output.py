"""The output of a build: its sections, overview and HTML, made once all pages are read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import cast

from docutils import nodes
from pygments.formatters import HtmlFormatter
from sphinx import addnodes
from sphinx.builders import Builder
from sphinx.highlighting import PygmentsBridge

from this_tests import Registry
from this_tests.docs.api_objects import ApiObject, ApiObjects
from this_tests.docs.content.evidence import Amend
from this_tests.docs.content.overview import page_summaries
from this_tests.docs.content.pages import Elsewhere
from this_tests.docs.content.section import Section
from this_tests.docs.render import output as docs_output

from .. import incremental
from ..doctree.domain import ByHand
from ..doctree.nodes import overview_node, section_node
from ..inputs import Inputs
from . import plain
from .builder_pages import BuilderPages

__all__ = ["Output"]


@dataclass(frozen=True, kw_only=True)
class Output(docs_output.Output):
    """What a build shows, in the format of its builder; the same in all parallel writers.

    Attributes:
        by_hand: The directives and roles in pages.
    """

    inputs: Inputs
    builder: Builder
    by_hand: ByHand

    @classmethod
    def of(  # noqa: PLR0913, PLR0917  # all that a build knows
        cls,
        inputs: Inputs,
        builder: Builder,
        names: ApiObjects,
        registry: Registry,
        by_hand: ByHand,
        amend: Amend | None,
    ) -> "Output":
        """Return the output of a build."""
        return cls(
            site=BuilderPages(builder),
            names=names,
            registry=registry,
            settings=inputs.settings,
            folder=inputs.folder,
            origins=inputs.origins,
            observable=inputs.observable,
            executed=lambda: inputs.executed,
            templates=lambda: inputs.templates,
            formatter=partial(_formatter, builder),
            links=inputs.links,
            proven=inputs.proven,
            private=inputs.paths.private,
            options=inputs.options,
            overviews=by_hand.overviews,
            amend=amend,
            inputs=inputs,
            builder=builder,
            by_hand=by_hand,
        )

    @cached_property
    def page_summaries(self) -> dict[str, str]:
        """How much of each page is tested, if the project wants pages to say so."""
        return page_summaries(self.pages) if self.inputs.settings.page_summary else {}

    def page_summary(self, page: str) -> list[nodes.Node]:
        """Return the nodes that say at the top of a page how much of it is tested, linked to the overview."""
        text = self.page_summaries.get(page, "")
        if not text:
            return []
        overview = self.addresses.overview if self.builder.format == "html" else ""
        said: nodes.Node = nodes.Text(text)
        if overview and overview != page:
            said = nodes.reference("", text, refuri=self.addresses.page(overview, page), internal=True)
        return [nodes.paragraph("", "", said, classes=["this-tests-page-summary", "no-search"])]

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

    def nodes_for_all(self, objects: Sequence[ApiObject], page: str) -> list[nodes.Node]:
        """Return the nodes that show the sections of a description; of several, each says whose it is."""
        shown = [self.pages.shown(documented) for documented in objects]
        if len(objects) > 1:
            shown = [section.naming_it() if isinstance(section, Section) else section for section in shown]
        return [node for section in shown for node in self.nodes_for(section, page)]

    def _how_to(self, target: str, text: str) -> nodes.Node:
        page = target.partition("#")[0]
        if self.site.is_page(page):
            page = "/" + page
            link = {"refdomain": "std", "reftype": "doc", "reftarget": page, "refexplicit": True}
            return addnodes.pending_xref("", nodes.inline("", text), refwarn=True, **link)
        return nodes.reference("", text, refuri=target, internal=False)

    def _shown_on(self, page: str) -> Iterator[object]:
        """Yield all that a page shows, and the targets of its links."""
        hand = self.by_hand
        for shown in self.pages.on(page):
            yield shown
            if isinstance(shown, Section):
                yield [self.inputs.links.reach(row.path) for row in (*shown.rows, *shown.others)]
                yield self.names.primary.get(shown.other) if shown.other else None
        yield from (self.pages.named(name, page) for name in hand.placed.get(page, ()))
        yield from ((target, self.suite.find(target)) for target in hand.targets.get(page, ()))
        if summary := self.page_summaries.get(page):
            yield summary, self.addresses.overview
        if page in hand.overviews:
            yield self.overview


def _formatter(builder: Builder) -> "HtmlFormatter[str]":
    highlighter: PygmentsBridge = builder.highlighter  # type: ignore[attr-defined]  # HTML builders have one
    return cast("HtmlFormatter[str]", highlighter.get_formatter())
