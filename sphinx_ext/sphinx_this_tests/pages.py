"""What stands on which page, and the addresses between pages."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from sphinx.builders import Builder

from .documented import Documented, Names
from .links import is_safe
from .section import Section, Sections

__all__ = ["Addresses", "Elsewhere", "Pages"]

_FOLDER = "_this_tests"


@dataclass(frozen=True)
class Elsewhere:
    """An object that is described a second time: its section stands at the first description."""

    name: str


@dataclass(frozen=True)
class Pages:
    """What the sections say, page by page."""

    names: Names
    sections: Sections

    def shown(self, documented: Documented) -> Section | Elsewhere | None:
        """Return what the description of an object shows."""
        if not documented.node_id and documented.name in self.names.primary:
            return Elsewhere(documented.name) if self._has_tests(documented) else None
        return self.sections.of(documented)

    def on(self, page: str) -> Iterator[Section | Elsewhere]:
        """Yield what a page shows, in the page's order."""
        for documented in self.names.pages.get(page, ()):
            if shown := self.shown(documented):
                yield shown

    def _has_tests(self, documented: Documented) -> bool:
        return bool(self.sections.join.evidence_for(documented).evidence)


@dataclass(frozen=True)
class Addresses:
    """The addresses of pages and objects, relative to the page that links to them."""

    builder: Builder
    names: Names

    def page_of_all(self, name: str) -> str:
        """Return the name of the page with all tests of an object."""
        # File systems that fold capitals would write `Graph` and `graph` to one file.
        twin = self._folded[name.casefold()] > 1 and name != name.casefold()
        return f"{_FOLDER}/{name}{'-' + name.encode().hex() if twin else ''}"

    def page(self, target: str, origin: str) -> str:
        """Return the address of the page *target*."""
        return self.builder.get_relative_uri(origin, target)

    def object(self, name: str, origin: str) -> str:
        """Return the address of a documented object, or an empty string."""
        if name not in self.names.primary:
            return ""
        page, anchor = self.names.primary[name]
        address = self.page(page, origin)
        # All pages in one file: their addresses are anchors already.
        return f"#{anchor}" if "#" in address else f"{address}#{anchor}"

    def how_to(self, target: str, origin: str) -> str:
        """Return the address that the setting ``this_tests_how_to_url`` means."""
        page, hash_, anchor = target.partition("#")
        if is_page(self.builder, target):
            return self.page(page, origin) + hash_ + anchor
        return target if is_external(target) else ""

    @cached_property
    def _folded(self) -> Counter[str]:
        return Counter(name.casefold() for name in self.names.primary)


def is_page(builder: Builder, target: str) -> bool:
    """Tell whether *target* names a page of these docs."""
    return target.partition("#")[0] in builder.env.found_docs


def is_external(target: str) -> bool:
    """Tell whether *target* is an address outside these docs that a browser may follow."""
    return is_safe(target) and bool(urlsplit(target).netloc or target.startswith("/"))
