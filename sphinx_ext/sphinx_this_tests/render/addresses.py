"""URLs of pages, objects and tests, relative to the page that links to them."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from sphinx.builders import Builder

from this_tests.docs.api_objects import ApiObjects
from this_tests.docs.node_ids import SuiteIndex

from ..config import ConfValues
from . import page_frame

__all__ = ["Addresses", "is_page"]

_FOLDER = "_this_tests"


@dataclass(frozen=True)
class Addresses:
    """The URLs of pages, objects and tests, relative to the page that links to them."""

    builder: Builder
    names: ApiObjects
    suite: SuiteIndex
    settings: ConfValues
    overviews: tuple[str, ...] = ()
    _relative: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _folders: dict[str, str] = field(default_factory=dict, repr=False)

    @cached_property
    def has_own_pages(self) -> bool:
        """Whether the builder writes generated pages."""
        return page_frame.collects(self.builder)

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
            return self.builder.get_relative_uri(origin, target)
        # It is the same from all other pages of a folder; the folder of generated pages has thousands.
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
        # In the singlehtml builder, the addresses of pages are anchors.
        return f"#{anchor}" if "#" in address else f"{address}#{anchor}"

    def how_to(self, target: str, origin: str) -> str:
        """Return the address of the page in the setting ``this_tests_how_to_url``."""
        page, hash_, anchor = target.partition("#")
        if is_page(self.builder, target):
            return self.page(page, origin) + hash_ + anchor
        return target

    @cached_property
    def _folded(self) -> Counter[str]:
        return Counter(name.casefold() for name in self.names.primary)


def is_page(builder: Builder, target: str) -> bool:
    """Return whether *target* names a page of these docs."""
    return target.partition("#")[0] in builder.env.found_docs
