"""The pages of an MkDocs site, as addresses need them, and the objects that they describe."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from mkdocs.utils import get_relative_url

from this_tests.docs.api_objects import ApiObject, ApiObjects

from .placeholders import Described

__all__ = ["SitePages", "api_objects"]


@dataclass(frozen=True)
class SitePages:
    """The pages of a site: those of its author by the names of their files, ours without an extension."""

    config: MkDocsConfig
    names: frozenset[str]
    _files: dict[str, File] = field(default_factory=dict, repr=False)

    @property
    def has_own_pages(self) -> bool:
        """Whether generated pages are written."""
        return True

    def is_page(self, name: str) -> bool:
        """Return whether these docs have a page of that name, which may lack the ``.md``."""
        return name in self.names or f"{name}.md" in self.names

    def target(self, page: str) -> str:
        """Return the address of a page from the root of these docs."""
        return self.file(page).url

    def relative(self, origin: str, page: str) -> str:
        """Return the address of a page as the page *origin* links to it."""
        return get_relative_url(self.target(page), self.target(origin))

    def file(self, page: str) -> File:
        """Return a file of MkDocs with the addresses of a page."""
        if page not in self._files:
            source = page if page in self.names else f"{page}.md"
            self._files[page] = File.generated(self.config, source, content="")
        return self._files[page]


def api_objects(pages: Mapping[str, Iterable[Described]]) -> ApiObjects:
    """Return the objects that pages describe; one that is described twice has its section at the first."""
    found: dict[str, list[ApiObject]] = {}
    others: dict[str, tuple[str, ...]] = {}
    primary: dict[str, tuple[str, str]] = {}
    everything = [(page, described) for page, objects in pages.items() for described in objects]
    # A description comes before all comments, which only ask for its section.
    for page, described in sorted(everything, key=lambda item: item[1].is_placed):
        name, defining = described.name, described.defining
        is_first = name not in primary
        if described.is_placed and not is_first:
            continue
        primary.setdefault(name, (page, name))
        others.setdefault(name, (defining,) if defining != name else ())
        found.setdefault(page, []).append(ApiObject(name, described.kind, name if is_first else ""))
    return ApiObjects({page: tuple(objects) for page, objects in found.items()}, others, primary)
