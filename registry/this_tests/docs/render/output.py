"""What pages of docs show and where: the parts that read the evidence and write HTML, put together."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from jinja2 import Environment
from pygments.formatters import HtmlFormatter

from ...observations.executed import Executed
from ...registry.model import Registry
from ...source.observable import ObservableCode
from ...source.origins import Origins
from ..api_objects import ApiObjects
from ..content.evidence import Amend, Join
from ..content.file_page import FilePages, exercised_by
from ..content.overview import Overview, overview_of
from ..content.pages import Pages
from ..content.section import Sections
from ..node_ids import SuiteIndex
from ..settings import PageSettings
from ..snippets.folder import Folder
from ..snippets.snippet import Sources
from ..source_links import Links
from .addresses import Addresses, Site
from .html import HtmlWriter

__all__ = ["Output"]


@dataclass(frozen=True, kw_only=True)
class Output:
    """What pages show, whichever tool writes them; each part is made on first use.

    Attributes:
        site: The pages of the tool.
        names: The documented objects.
        folder: The folder of the tests.
        origins: Where names in the library's sources come from.
        observable: What in these an observed run is certain to see.
        executed: Returns all tests that executed each function; reading them is slow.
        proven: Returns the tests that are proven to fail without a callable, by its name in the registry.
        templates: Returns the templates, which only HTML needs.
        formatter: Makes the formatter of Pygments that colours sources as the docs' other code.
        private: Whether the registry includes private callables.
        options: The options that the project's configuration gives to pytest.
        overviews: The pages on which authors place the overview.
        amend: Lets other extensions change the evidence.
    """

    site: Site
    names: ApiObjects
    registry: Registry
    settings: PageSettings
    folder: Folder
    origins: Origins
    observable: ObservableCode
    executed: Callable[[], Executed]
    templates: Callable[[], Environment]
    formatter: Callable[[], "HtmlFormatter[str]"]
    links: Links
    proven: Callable[[str], Collection[str]]
    private: bool = False
    options: Sequence[str] = ()
    overviews: tuple[str, ...] = ()
    amend: Amend | None = None

    @cached_property
    def join(self) -> Join:
        """The evidence for documented objects."""
        return Join(
            self.registry,
            self.names,
            self.amend,
            self.origins.lineage,
            self.executed,
            self.observable.defines,
            self.proven,
        )

    @cached_property
    def sources(self) -> Sources:
        """The sources of the tests."""
        return Sources(self.folder)

    @cached_property
    def pages(self) -> Pages:
        """The sections, page by page."""
        sections = Sections(self.join, self.sources, self.settings, self.private, tuple(self.options))
        return Pages(self.names, sections, self.settings.exclude)

    @cached_property
    def suite(self) -> SuiteIndex:
        """The tests that are known to exercise anything."""
        return SuiteIndex(self.join.tests)

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses of pages and objects."""
        return Addresses(self.site, self.names, self.suite, self.settings, self.overviews)

    @cached_property
    def overview(self) -> Overview:
        """The overview of the API."""
        return overview_of(self.pages)

    @cached_property
    def file_pages(self) -> FilePages:
        """The content of the pages of test files."""
        described = [
            (section, documented)
            for documented, section in self.pages.primary()
            if section and not section.other
        ]
        further = {section.name: documented for section, documented in described}
        return FilePages(
            self.suite,
            self.sources,
            self.registry,
            exercised_by(
                (section for section, _ in described),
                lambda section: self.pages.sections.further(further[section.name]),
            ),
            is_whole=self.join.is_whole,
        )

    @cached_property
    def html(self) -> HtmlWriter:
        """The writer of HTML."""
        return HtmlWriter(self.formatter, self.templates(), self.addresses, self.links, self.pages.repeating)
