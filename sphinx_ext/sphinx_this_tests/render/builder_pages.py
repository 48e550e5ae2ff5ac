"""The pages of a builder of Sphinx, as addresses need them."""

from dataclasses import dataclass
from functools import cached_property

from sphinx.builders import Builder

from . import page_frame

__all__ = ["BuilderPages"]


@dataclass(frozen=True)
class BuilderPages:
    """The pages of a builder."""

    builder: Builder

    @cached_property
    def has_own_pages(self) -> bool:
        """Whether the builder writes generated pages."""
        return page_frame.collects(self.builder)

    def is_page(self, name: str) -> bool:
        """Return whether these docs have a page of that name."""
        return name in self.builder.env.found_docs

    def target(self, page: str) -> str:
        """Return the address of a page from the root of these docs."""
        return self.builder.get_target_uri(page)

    def relative(self, origin: str, page: str) -> str:
        """Return the address of a page as the page *origin* links to it."""
        return self.builder.get_relative_uri(origin, page)
