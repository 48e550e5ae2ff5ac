"""The pages of the site, each made when it is written."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

from ..docs import assets, messages
from ..docs.api_objects import ApiObject
from ..docs.content.ranking import STANDINGS
from ..docs.content.section import Section
from ..docs.render.output import Output
from ..docs.source_links import Links
from ..source.public_api import PublicCallable
from .lost import Lost
from .page_files import ASSETS, OVERVIEW

__all__ = ["STATIC", "TEMPLATES", "About", "SitePage", "StaticSite"]

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
_STYLESHEET = "site.css"
_NOTHING = Lost("", {})


class SitePage(NamedTuple):
    """A page: the path of its file from the site's root, and what makes its HTML."""

    path: str
    make: Callable[[], str]


class About(NamedTuple):
    """What the page of a callable says besides its tests.

    Attributes:
        place: The file and line that define it; empty if they are not known.
        url: Its source, or nothing.
        gone: The tests that it has lost.
    """

    place: str = ""
    url: str = ""
    gone: Sequence[str] = ()


@dataclass(frozen=True)
class StaticSite:
    """A site: an overview, a page for each callable, and one for each test file.

    Attributes:
        output: What the pages show.
        callables: The callables of the library.
        root: The folder that paths are relative to.
        library: What the site calls the library.
        lost: The tests that are lost since a commit, if one was named.
    """

    output: Output
    callables: Sequence[PublicCallable]
    root: Path
    library: str
    lost: Lost = _NOTHING

    @cached_property
    def pages(self) -> list[SitePage]:
        """All pages, the overview last: who sees it finds all that it links to."""
        # Our pages are in English, as this command is.
        messages.speak("en")
        self.output.html.templates.globals |= {"about": self._about, "since": self.lost.since}
        addresses, files = self.output.addresses, self.output.suite.files
        of_files = [(addresses.page_of_file(path), partial(self._file, path)) for path in files]
        of_callables = [
            (addresses.page_of_all(documented.name), partial(self._callable, documented, section))
            for documented, section in self._described
        ]
        made: list[tuple[str, Callable[[], str]]] = [
            *of_files,
            *of_callables,
            (OVERVIEW, self._overview),
        ]
        return [SitePage(self.output.site.target(page), make) for page, make in made]

    def assets(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files that pages use, each with its path and content."""
        yield f"{ASSETS}/{_STYLESHEET}", (STATIC / _STYLESHEET).read_bytes()
        for name in (assets.STYLESHEET, assets.SCRIPT):
            yield f"{ASSETS}/{name}", (assets.FOLDER / name).read_bytes()

    @property
    def counts(self) -> str:
        """How many callables have tests, in a few words."""
        return self.output.overview.counts

    @cached_property
    def _described(self) -> list[tuple[ApiObject, Section | None]]:
        return list(self.output.pages.primary())

    def _callable(self, documented: ApiObject, section: Section | None) -> str:
        page = self.output.addresses.page_of_all(documented.name)
        found = section or Section(documented.name, messages.title(documented.objtype))
        if not found.counts:
            found = replace(found, counts=found.missing or messages.text("No tests declared."))
        body = self.output.html.all_tests(found, self.output.pages.sections.further(documented))
        return self._framed(page, f"Tests of {documented.name}", body)

    def _file(self, path: str) -> str:
        page = self.output.addresses.page_of_file(path)
        return self._framed(page, path, self.output.html.file(self.output.file_pages.of(path)))

    def _overview(self) -> str:
        addresses, suite = self.output.addresses, self.output.suite
        overview = self.output.html.overview(self.output.overview, OVERVIEW, self._filters, self._kept_by)
        body = self._render(
            "index.html",
            overview=overview,
            files=[
                (path, addresses.test(path, OVERVIEW), messages.counts(len(tests), 1))
                for path, tests in suite.files.items()
            ],
            lost=[(name, addresses.object(name, OVERVIEW), tests) for name, tests in self.lost.tests.items()],
        )
        return self._framed(OVERVIEW, f"Tests of {self.library}", body)

    @property
    def _filters(self) -> Mapping[str, str]:
        lost = {"lost": f"Only with tests lost since {self.lost.since}"} if self.lost.since else {}
        unproven = {"unproven": "Only without a proof"} if self.output.overview.proven else {}
        return {"indirect": "Only indirect tests", **unproven, **lost}

    @cached_property
    def _kept_by(self) -> Mapping[str, Collection[str]]:
        found: dict[str, list[str]] = {}
        for documented, section in self._described:
            if section and _is_indirect(section):
                found.setdefault(documented.name, []).append("indirect")
            if self.output.overview.proven and not (section and section.proven):
                found.setdefault(documented.name, []).append("unproven")
        for name in self.lost.tests:
            found.setdefault(name, []).append("lost")
        return found

    def _about(self, name: str) -> About:
        item = self._by_name[name]
        gone = self.lost.tests.get(name, ())
        if item.file is None or not item.file.is_relative_to(self.root):
            return About(gone=gone)
        path = item.file.relative_to(self.root).as_posix()
        return About(f"{path}:{item.line}", self._links.url(path, item.line, item.line), gone)

    @property
    def _links(self) -> Links:
        return self.output.links

    @cached_property
    def _by_name(self) -> Mapping[str, PublicCallable]:
        return {item.name: item for item in self.callables}

    def _framed(self, page: str, title: str, body: str) -> str:
        return self._render(
            "frame.html",
            title=title,
            library=self.library,
            body=body,
            home="" if page == OVERVIEW else self.output.addresses.page(OVERVIEW, page),
            assets=ASSETS if page == OVERVIEW else f"../{ASSETS}",
        )

    def _render(self, template: str, **values: object) -> str:
        return self.output.html.templates.get_template(f"this_tests_site/{template}").render(**values)


def _is_indirect(section: Section) -> bool:
    kinds = dict(zip(STANDINGS, section.kinds, strict=True))
    return bool(kinds.pop("indirect")) and not any(kinds.values())
