"""What stands on which page, and the addresses between pages."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property

from sphinx.builders import Builder

from . import shell
from .documented import Documented, Names
from .section import Section, Sections
from .settings import Settings
from .suite import Suite

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
    exclude: tuple[str, ...] = ()
    _made: dict[tuple[str, str, bool], Section | Elsewhere | None] = field(default_factory=dict, repr=False)

    def shown(self, documented: Documented) -> Section | Elsewhere | None:
        """Return what the description of an object shows."""
        # Asked for the digest, for the page, and for the page with all tests.
        key = (documented.name, documented.objtype, bool(documented.node_id))
        if key not in self._made:
            self._made[key] = self._make(documented)
        return self._made[key]

    def _make(self, documented: Documented) -> Section | Elsewhere | None:
        if self.is_off(documented):
            return None
        if not documented.node_id and documented.name in self.names.primary:
            return Elsewhere(documented.name) if self._has_tests(documented) else None
        return self.sections.of(documented)

    def is_off(self, documented: Documented) -> bool:
        """Tell whether an author wants no section for an object."""
        return documented.off or any(fnmatchcase(documented.name, each) for each in self.exclude)

    def on(self, page: str) -> Iterator[Section | Elsewhere]:
        """Yield what a page shows, in the page's order."""
        for documented in self.names.pages.get(page, ()):
            if shown := self.shown(documented):
                yield shown

    def primary(self) -> Iterator[tuple[Documented, Section | None]]:
        """Yield each object at the place that references lead to, with its section."""
        for page, objects in sorted(self.names.pages.items()):
            for each in objects:
                if each.node_id and self.names.primary.get(each.name) == (page, each.node_id):
                    shown = self.shown(each)
                    yield each, shown if isinstance(shown, Section) else None

    def named(self, name: str, origin: str) -> Section | None:
        """Return the section of the object *name* for the page *origin*, where an author wants it."""
        place = self.names.primary.get(name, (origin, ""))
        described = (each for each in self.names.pages.get(place[0], ()) if each.name == name)
        return self.sections.of(next(described, Documented(name, "object", "here")))

    def _has_tests(self, documented: Documented) -> bool:
        return bool(self.sections.join.evidence_for(documented).evidence)


@dataclass(frozen=True)
class Addresses:
    """The addresses of pages and objects, relative to the page that links to them."""

    builder: Builder
    names: Names
    suite: Suite
    settings: Settings
    overviews: tuple[str, ...] = ()
    _relative: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _folders: dict[str, str] = field(default_factory=dict, repr=False)

    @cached_property
    def has_own_pages(self) -> bool:
        """Whether there are pages of our own."""
        return shell.collects(self.builder)

    @cached_property
    def overview(self) -> str:
        """The name of the page with the overview; empty where there is none."""
        if self.overviews:
            return self.overviews[0]
        return self.settings.overview if self.has_own_pages else ""

    def page_of_file(self, path: str) -> str:
        """Return the name of the page of a test file; empty where there is none."""
        if not (self.has_own_pages and self.settings.file_pages) or path not in self.suite.names:
            return ""
        return f"{_FOLDER}/files/{self.suite.names[path]}"

    def test(self, node_id: str, origin: str) -> str:
        """Return the address of a test or a test file on the page of the file, or an empty string."""
        place = self.suite.places.get(node_id)
        page = self.page_of_file(node_id.partition("::")[0])
        if not (place and page):
            return ""
        return self.page(page, origin) + (f"#{place.anchor}" if place.anchor else "")

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
        if target == origin:
            return self.builder.get_relative_uri(origin, target)
        # It is the same from all other pages of a folder, and there are thousands in that of ours.
        key = (target, self._folder(origin))
        if key not in self._relative:
            self._relative[key] = self.builder.get_relative_uri(origin, target)
        return self._relative[key]

    def _folder(self, page: str) -> str:
        if page not in self._folders:
            self._folders[page] = self.builder.get_target_uri(page).rpartition("/")[0]
        return self._folders[page]

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
        return target

    @cached_property
    def _folded(self) -> Counter[str]:
        return Counter(name.casefold() for name in self.names.primary)


def is_page(builder: Builder, target: str) -> bool:
    """Tell whether *target* names a page of these docs."""
    return target.partition("#")[0] in builder.env.found_docs
