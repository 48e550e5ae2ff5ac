"""URLs of pages, objects and tests, relative to the page that links to them."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from ..api_objects import ApiObjects
from ..node_ids import SuiteIndex
from ..settings import PageSettings

__all__ = ["Addresses", "Site"]

_FOLDER = "_this_tests"


class Site(Protocol):
    """What the tool that writes docs knows of its pages."""

    @property
    def has_own_pages(self) -> bool:
        """Whether it writes generated pages: the overview, and those of test files and of all tests."""

    def is_page(self, name: str) -> bool:
        """Return whether these docs have a page of that name."""

    def target(self, page: str) -> str:
        """Return the address of a page from the root of these docs."""

    def relative(self, origin: str, page: str) -> str:
        """Return the address of a page as the page *origin* links to it."""


@dataclass(frozen=True)
class Addresses:
    """The URLs of pages, objects and tests, relative to the page that links to them."""

    site: Site
    names: ApiObjects
    suite: SuiteIndex
    settings: PageSettings
    overviews: tuple[str, ...] = ()
    _relative: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _folders: dict[str, str] = field(default_factory=dict, repr=False)

    @cached_property
    def has_own_pages(self) -> bool:
        """Whether generated pages are written."""
        return self.site.has_own_pages

    @cached_property
    def overview(self) -> str:
        """The name of the page with the overview; empty if there is none."""
        if self.overviews:
            return self.overviews[0]
        return self.settings.overview if self.has_own_pages else ""

    def page_of_file(self, path: str) -> str:
        """Return the name of the page of a test file; empty if there is none."""
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
        """Return the file name of that page, without its folder."""
        # On file systems that ignore case, `Graph` and `graph` would be one file.
        twin = self._folded[name.casefold()] > 1 and name != name.casefold()
        return f"{name}-{name.encode().hex()}" if twin else name

    def page(self, target: str, origin: str) -> str:
        """Return the address of the page *target*."""
        if target == origin:
            return self.site.relative(origin, target)
        # It is the same from all other pages of a folder; the folder of generated pages has thousands.
        key = (target, self._folder(origin))
        if key not in self._relative:
            self._relative[key] = self.site.relative(origin, target)
        return self._relative[key]

    def _folder(self, page: str) -> str:
        if page not in self._folders:
            self._folders[page] = self.site.target(page).rpartition("/")[0]
        return self._folders[page]

    def object(self, name: str, origin: str) -> str:
        """Return the address of a documented object, or an empty string."""
        if name not in self.names.primary:
            return ""
        page, anchor = self.names.primary[name]
        address = self.page(page, origin)
        # Of a site that is a single page, as Sphinx's singlehtml makes, the addresses of pages are anchors.
        return f"#{anchor}" if "#" in address else f"{address}#{anchor}"

    def how_to(self, target: str, origin: str) -> str:
        """Return the address of the page in the setting ``this_tests_how_to_url``."""
        page, hash_, anchor = target.partition("#")
        if self.site.is_page(page):
            return self.page(page, origin) + hash_ + anchor
        return target

    @cached_property
    def _folded(self) -> Counter[str]:
        return Counter(name.casefold() for name in self.names.primary)
