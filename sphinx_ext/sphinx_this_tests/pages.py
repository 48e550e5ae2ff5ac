"""What stands on which page, and the addresses between pages."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

from sphinx.builders import Builder

from . import warnings
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
    _made: dict[tuple[str, str, bool], Section | Elsewhere | None] = field(default_factory=dict, repr=False)

    def shown(self, documented: Documented) -> Section | Elsewhere | None:
        """Return what the description of an object shows."""
        # Asked for the digest, for the page, and for the page with all tests.
        key = (documented.name, documented.objtype, bool(documented.node_id))
        if key not in self._made:
            self._made[key] = self._make(documented)
        return self._made[key]

    def _make(self, documented: Documented) -> Section | Elsewhere | None:
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
        return f"{_FOLDER}/{self.file_of_all(name)}"

    def file_of_all(self, name: str) -> str:
        """Return the name of that page in its folder."""
        # File systems that fold capitals would write `Graph` and `graph` to one file.
        twin = self._folded[name.casefold()] > 1 and name != name.casefold()
        return f"{name}-{name.encode().hex()}" if twin else name

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

    def check_how_to(self, target: str) -> None:
        """Warn where the setting ``this_tests_how_to_url`` leads nowhere."""
        if target and not is_page(self.builder, target) and not is_external(target):
            warnings.settings(
                f"this_tests_how_to_url = {target!r}: neither a page of these docs nor an http or https URL"
            )

    @cached_property
    def _folded(self) -> Counter[str]:
        return Counter(name.casefold() for name in self.names.primary)


def is_page(builder: Builder, target: str) -> bool:
    """Tell whether *target* names a page of these docs."""
    return target.partition("#")[0] in builder.env.found_docs


def is_external(target: str) -> bool:
    """Tell whether *target* is an address outside these docs that a browser may follow."""
    return is_safe(target) and bool(urlsplit(target).netloc or target.startswith("/"))
