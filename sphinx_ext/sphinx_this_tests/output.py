"""What a build writes: known once all pages are read, and the same in all writers."""

from dataclasses import dataclass
from functools import cached_property

from docutils import nodes
from sphinx import addnodes
from sphinx.builders import Builder

from this_tests import Registry

from . import rebuild, render
from .documented import Names
from .inputs import Inputs
from .joining import Join
from .pages import Addresses, Elsewhere, Pages, is_external, is_page
from .section import Section, Sections

__all__ = ["Output"]


@dataclass(frozen=True)
class Output:
    """What a build writes."""

    inputs: Inputs
    builder: Builder
    names: Names
    registry: Registry

    @cached_property
    def join(self) -> Join:
        """The registry's names and the docs' names together."""
        return Join(self.registry, self.names)

    @cached_property
    def pages(self) -> Pages:
        """The sections, page by page."""
        return Pages(self.names, Sections(self.join, self.inputs.sources, self.inputs.settings))

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses of pages and objects."""
        return Addresses(self.builder, self.names)

    @cached_property
    def has_pages_of_all(self) -> bool:
        """Whether pages with all tests of an object are written."""
        # Only builders with one file for each page write pages that extensions collect.
        return self.builder.name in {"html", "dirhtml"}

    def fingerprint(self) -> str:
        """Return a digest of all that the sections are made of; it costs far less than to make them."""
        files = {test.partition("::")[0] for test in self.registry.linked_tests()}
        shown = (self.inputs.settings, self._look, self.names, self.inputs.digest)
        return rebuild.digest((*shown, self.inputs.sources.fingerprint(files)))

    def digests(self) -> dict[str, str]:
        """Return the digest of what each page shows, for pages that show anything."""
        shown = {page: tuple(self.pages.on(page)) for page in self.names.pages}
        return {
            page: rebuild.digest((self._look, *each, *self._targets(each)))
            for page, each in sorted(shown.items())
            if each
        }

    def nodes_for(self, shown: Section | Elsewhere | None, page: str) -> list[nodes.Node]:
        """Return the nodes that show a section on a page."""
        if shown is None:
            return []
        if isinstance(shown, Elsewhere):
            return render.elsewhere(shown.name)
        if self.builder.format == "html":
            return [render.section_node("", section=shown, page=page, classes=["no-search"])]
        return render.plain(shown, self.inputs.links, lambda text: self._how_to(shown.how_to_url, text))

    def html(self, section: Section, page: str) -> str:
        """Return the HTML of a section on a page."""
        all_page = self.addresses.page_of_all(section.name) if section.others else ""
        return self._rendered(
            "section.html",
            section,
            how_to_url=self.addresses.how_to(section.how_to_url, page),
            inherited_url=self.addresses.object(section.inherited, page),
            all_url=self.addresses.page(all_page, page) if all_page and self.has_pages_of_all else "",
        )

    def html_of_all(self, section: Section) -> str:
        """Return the HTML of the page with all tests of an object."""
        page = self.addresses.page_of_all(section.name)
        return self._rendered("all.html", section, object_url=self.addresses.object(section.name, page))

    def _rendered(self, template: str, section: Section, **urls: str) -> str:
        return self.inputs.templates.get_template(f"this_tests/{template}").render(
            section=section, highlight=self._highlight, links=self.inputs.links, **urls
        )

    def _how_to(self, target: str, text: str) -> nodes.Node:
        if is_page(self.builder, target):
            page = "/" + target.partition("#")[0]
            link = {"refdomain": "std", "reftype": "doc", "reftarget": page, "refexplicit": True}
            return addnodes.pending_xref("", nodes.inline("", text), refwarn=True, **link)
        if is_external(target):
            return nodes.reference("", text, refuri=target, internal=False)
        return nodes.Text("")

    def _targets(self, shown: tuple[Section | Elsewhere, ...]) -> list[tuple[str, str] | None]:
        inherited = [each.inherited for each in shown if isinstance(each, Section) and each.inherited]
        return [self.names.primary.get(name) for name in inherited]

    @cached_property
    def _look(self) -> tuple[str, ...]:
        # A page that is still true keeps the commit that it was built at: its links lead to
        # the same lines. Otherwise each commit would write all pages again.
        language = self.builder.config.language
        return (*render.source(self.inputs.templates), self.inputs.links.template, language)

    @cached_property
    def _highlight(self) -> render.Highlight:
        return render.highlighter(self.builder.highlighter.highlight_block)  # type: ignore[attr-defined]  # HTML builders have one
