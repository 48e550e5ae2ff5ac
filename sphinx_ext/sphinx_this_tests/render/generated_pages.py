"""Generated pages: the overview, one for each test file, and one with all tests of an object."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from this_tests.docs import messages
from this_tests.docs.content.section import Section
from this_tests.docs.node_ids import Place

from ..incremental import Listed
from .output import Output

__all__ = ["Content", "GeneratedPages"]

# Title and body.
Content = tuple[str, str]


@dataclass(frozen=True)
class GeneratedPages:
    """The generated pages of one build, and the places of tests on them."""

    output: Output

    def overview(self) -> dict[str, Content]:
        """Return the overview, by the page's name; nothing if a directive places it, or it is turned off."""
        page = self.output.addresses.overview
        if not page or page in self.output.by_hand.overviews:
            return {}
        html = self.output.html.overview(self.output.overview, page)
        title = messages.text("Tests of the API")
        return {page: (title, f'<section class="this-tests-page"><h1>{title}</h1>{html}</section>')}

    def files(self) -> dict[str, Content]:
        """Return the pages of the test files, by name."""
        output = self.output
        paths = (path for path in output.suite.files if output.addresses.page_of_file(path))
        return {
            output.addresses.page_of_file(path): (path, output.html.file(output.file_pages.of(path)))
            for path in paths
        }

    def all_tests(self, written: Iterable[str]) -> dict[str, Content]:
        """Return the pages with all tests, for the sections on the pages *written* that show only some."""
        addresses, pages = self.output.addresses, self.output.pages
        sections = (
            (documented, shown)
            for page in sorted(written)
            for documented, shown in pages.all_on(page, self.output.by_hand.placed.get(page, ()))
            if isinstance(shown, Section) and shown.has_page
        )
        return {
            addresses.page_of_all(shown.name): (
                _title_of_all(shown),
                self.output.html.all_tests(shown, pages.sections.further(documented)),
            )
            for documented, shown in sections
        }

    def gone(self, written: Iterable[str]) -> list[str]:
        """Return the names that such pages would have, of the other objects on the pages *written*."""
        addresses, pages = self.output.addresses, self.output.pages
        return [
            addresses.page_of_all(documented.name)
            for page in sorted(written)
            for documented in pages.names.pages.get(page, ())
            if not (shown := pages.shown(documented)) or (isinstance(shown, Section) and not shown.has_page)
        ]

    def index(self) -> list[str]:
        """Return the entries of the general index as HTML, sorted: those with a page or an anchor on one."""
        if self.output.inputs.settings.index == "none":
            return []
        address = self.output.addresses.test
        chosen = self.output.inputs.settings.index
        places = [
            place for place in self.output.suite.places.values() if chosen == "all" or place.kind == "file"
        ]
        found = ((text, address(place.name, "genindex")) for place, text in _named(places))
        entries = sorted((text.casefold(), text, url) for text, url in found if url)
        return [f'<a href="{escape(url)}">{escape(text)}</a>' for _, text, url in entries]

    def listed(self) -> list[Listed]:
        """Return the tests that other projects can refer to, sorted."""
        found = (
            (place.name, place.kind, self.page(place), place.anchor)
            for place in self.output.suite.places.values()
        )
        # An entry is a line of the inventory, so a name with a line break would be two entries.
        return sorted(entry for entry in found if entry[2] and entry[0].isprintable())

    # For the domain.

    def find(self, target: str) -> list[Place]:
        """Return the places that a reference matches."""
        return self.output.suite.find(target)

    def page(self, place: Place) -> str:
        """Return the name of the page that shows a place; empty if there is none."""
        return self.output.addresses.page_of_file(place.name.partition("::")[0])

    def source(self, place: Place) -> str:
        """Return the URL of the source of a place; empty if there is none."""
        links = self.output.inputs.links
        source = self.output.sources.spot(place.name) if place.kind == "test" else None
        if source:
            return links.url(source.path, source.line, source.end)
        return links.url(place.name.partition("::")[0])


def _title_of_all(section: Section) -> str:
    return messages.text("Tests of {name}").format(name=section.name)


def _named(places: Iterable[Place]) -> Iterator[tuple[Place, str]]:
    """Yield each place with the text of its entry in the general index."""
    titles = {
        "file": messages.text("{name} (test file)"),
        "class": messages.text("{name} (class in {file})"),
        "test": messages.text("{name} (test in {file})"),
    }
    for place in places:
        path, _, inside = place.name.partition("::")
        name = inside.rpartition("::")[2] or path
        yield place, titles[place.kind if inside else "file"].format(name=name, file=path)
