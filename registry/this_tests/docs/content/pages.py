"""The sections of each page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from ..api_objects import ApiObject, ApiObjects
from .section import Section, Sections

__all__ = ["Elsewhere", "Pages"]


@dataclass(frozen=True)
class Elsewhere:
    """An object that is described a second time: its section is at the first description."""

    name: str


@dataclass(frozen=True)
class Pages:
    """The sections, page by page."""

    names: ApiObjects
    sections: Sections
    exclude: tuple[str, ...] = ()
    _repeating: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)
    _made: dict[tuple[str, str, bool], Section | Elsewhere | None] = field(default_factory=dict, repr=False)

    def shown(self, documented: ApiObject) -> Section | Elsewhere | None:
        """Return what the description of an object shows."""
        # Called for the digest, for the page, and for the page with all tests.
        key = (documented.name, documented.objtype, bool(documented.node_id))
        if key not in self._made:
            self._made[key] = self._make(documented)
        return self._made[key]

    def _make(self, documented: ApiObject) -> Section | Elsewhere | None:
        if self.is_off(documented):
            return None
        if not documented.node_id and documented.name in self.names.primary:
            return Elsewhere(documented.name) if self._has_tests(documented) else None
        return self.sections.of(documented)

    def is_off(self, documented: ApiObject) -> bool:
        """Return whether the docs exclude an object from having a section."""
        return documented.off or any(fnmatchcase(documented.name, pattern) for pattern in self.exclude)

    def on(self, page: str) -> Iterator[Section | Elsewhere]:
        """Yield the sections of a page, in the order of its descriptions."""
        for documented in self.names.pages.get(page, ()):
            if shown := self.shown(documented):
                yield shown

    def repeating(self, page: str) -> frozenset[str]:
        """Return the sections of a page whose first source of a test a section above them shows as well."""
        if page not in self._repeating:
            seen: set[str] = set()
            found: set[str] = set()
            for shown in self.on(page):
                snippet = shown.rows[0].snippet if isinstance(shown, Section) and shown.rows else None
                if snippet and snippet.text in seen:
                    found.add(shown.name)
                elif snippet:
                    seen.add(snippet.text)
            self._repeating[page] = frozenset(found)
        return self._repeating[page]

    def primary(self) -> Iterator[tuple[ApiObject, Section | None]]:
        """Yield each object, as described at the target of references to it, with its section."""
        for page, objects in sorted(self.names.pages.items()):
            for documented in objects:
                if documented.node_id and self.names.primary.get(documented.name) == (
                    page,
                    documented.node_id,
                ):
                    shown = self.shown(documented)
                    yield documented, shown if isinstance(shown, Section) else None

    def named(self, name: str, origin: str) -> Section | None:
        """Return the section of the object *name* that a directive adds to the page *origin*."""
        return self.sections.of(self._named(name, origin))

    def all_on(
        self, page: str, placed: Iterable[str]
    ) -> Iterator[tuple[ApiObject, Section | Elsewhere | None]]:
        """Yield what a page shows, with the objects: those described, and those *placed* by directives."""
        yield from ((documented, self.shown(documented)) for documented in self.names.pages.get(page, ()))
        for name in placed:
            documented = self._named(name, page)
            yield documented, self.sections.of(documented)

    def _named(self, name: str, origin: str) -> ApiObject:
        place = self.names.primary.get(name, (origin, ""))
        described = (
            documented for documented in self.names.pages.get(place[0], ()) if documented.name == name
        )
        return next(described, ApiObject(name, "object", "here"))

    def _has_tests(self, documented: ApiObject) -> bool:
        return bool(self.sections.join.evidence_for(documented).evidence)
