"""The content of the page of a test file: its tests, and what each of them exercises."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ...registry.model import Registry, Test
from .. import messages
from ..inline_markup import Inline, inline
from ..node_ids import SuiteIndex
from ..snippets.snippet import Sources
from .ranking import PROVEN, STANDINGS
from .section import Section, short

__all__ = ["Exercised", "FilePage", "FilePageEntry", "FilePages", "Group", "exercised_by"]

# The number of pairs of a test and an object up to which each test of a file lists all objects. A test of
# a graph library runs hundreds of functions.
_LISTED = 1000
_INDIRECT = "indirect"


@dataclass(frozen=True)
class Exercised:
    """A documented object that a test exercises.

    Attributes:
        name: Its documented name.
        standing: The kind of evidence; `label` names it in a word, `explained` in a sentence.
        proven: The label of a test that is proven to fail without the object; else empty.
    """

    name: str
    standing: str
    label: str
    explained: str
    proven: str = ""

    @property
    def proven_explained(self) -> str:
        """What `proven` means, in a sentence."""
        return messages.explained(PROVEN)


@dataclass(frozen=True)
class FilePageEntry:
    """A test.

    Attributes:
        test: Its node id.
        anchor: Its anchor on the page.
        name: Its own name.
        doc: The first sentence of its docstring.
        marks: Its outcome, unless it passed, and its markers as far as the registry keeps them.
        path: The file with its source: another file if the test is inherited.
        line: Its first line, and `end` its last; 0 if its source cannot be read.
        exercised: What it exercises, the strongest evidence first.
    """

    test: str
    anchor: str
    name: str
    doc: Inline
    marks: tuple[str, ...]
    path: str
    line: int
    end: int
    exercised: tuple[Exercised, ...]


@dataclass(frozen=True)
class Group:
    """The tests of a class; or, without a name, those outside of classes."""

    name: str
    anchor: str
    entries: tuple[FilePageEntry, ...]


@dataclass(frozen=True)
class FilePage:
    """A test file.

    Attributes:
        path: Its path from the root.
        counts: How many of its tests are listed, in words.
        groups: Its tests, in the order of the file as far as that is known.
        note: The note that tests and objects may be left out; empty if none are.
        together: The objects that the tests run through other code, each with the number of tests, in words;
            empty if each test lists them itself.
    """

    path: str
    counts: str
    groups: tuple[Group, ...]
    note: str = ""
    together: tuple[tuple[Exercised, str], ...] = ()


def exercised_by(
    sections: Iterable[Section], further: Callable[[Section], Mapping[str, bool]] = lambda _: {}
) -> dict[str, list[Exercised]]:
    """Return what each test exercises, by its node id.

    If a callable has several documented names, the one in the registry is used, else the first.

    Args:
        further: Returns the tests that a section does not have, and whether they call its object directly.
    """
    sections = list(sections)
    found: dict[str, dict[str, Exercised]] = {}
    for section in sections:
        for row in (*section.rows, *section.others):
            entry = Exercised(section.name, row.standing, row.label, row.explained, row.proven)
            known = found.setdefault(row.test, {}).setdefault(row.callable, entry)
            order = [(item.name != row.callable, item.name) for item in (entry, known)]
            if order == sorted(order):
                found[row.test][row.callable] = entry
    exercised = {test: list(entries.values()) for test, entries in found.items()}
    for section in _one_of_each_callable(sections):
        calls, runs = (
            Exercised(section.name, standing, messages.kind(standing), messages.explained(standing))
            for standing in ("direct", "indirect")
        )
        proven = frozenset(section.proven)
        for test, direct in further(section).items():
            item = calls if direct else runs
            if test in proven:
                item = replace(item, proven=messages.kind(PROVEN))
            exercised.setdefault(test, []).append(item)
    return exercised


def _one_of_each_callable(sections: Iterable[Section]) -> Iterable[Section]:
    chosen: dict[str, Section] = {}
    for section in sections:
        if section.rows:
            name = section.rows[0].callable
            known = chosen.setdefault(name, section)
            chosen[name] = min(section, known, key=lambda item: (item.name != name, item.name))
    return chosen.values()


@dataclass(frozen=True)
class FilePages:
    """Makes the pages of test files of one build.

    Attributes:
        exercised: What each test exercises, by its node id.
        is_whole: Whether that is all that they exercise.
    """

    suite: SuiteIndex
    sources: Sources
    registry: Registry
    exercised: Mapping[str, Sequence[Exercised]]
    is_whole: bool = True

    def of(self, path: str) -> FilePage:
        """Return the page of the test file at *path*."""
        tests = self.suite.files[path]
        together = self._together(tests)
        entries = [self._entry(test, {shown.name for shown, _ in together}) for test in tests]
        # Inherited tests, whose source is in other files, come last.
        entries.sort(key=lambda entry: (entry.path != path, entry.path, entry.line, entry.test))
        # A class comes where its first test does.
        first = {_owner(entry): number for number, entry in reversed(list(enumerate(entries)))}
        entries.sort(key=lambda entry: first[_owner(entry)])
        groups = (self._group(owner, tuple(found)) for owner, found in groupby(entries, _owner))
        note = "" if self.is_whole else messages.left_out()
        return FilePage(path, messages.counts(len(entries), 1), tuple(groups), note, together)

    def _together(self, tests: Sequence[str]) -> tuple[tuple[Exercised, str], ...]:
        """Return what *tests* run through other code, if it is too much to list for each of them."""
        if sum(len(self.exercised.get(test, ())) for test in tests) <= _LISTED:
            return ()
        counts = Counter(
            item for test in tests for item in self.exercised.get(test, ()) if _is_on_the_way(item)
        )
        return tuple((item, messages.counts(counts[item], 1)) for item in sorted(counts, key=_name))

    def _entry(self, test: str, together: Collection[str]) -> FilePageEntry:
        source = self.sources.spot(test)
        known = self.registry.tests.get(test, Test())
        found = [
            item
            for item in self.exercised.get(test, ())
            if not (_is_on_the_way(item) and item.name in together)
        ]
        return FilePageEntry(
            test=test,
            anchor=self.suite.places[test].anchor,
            name=short(test.rpartition("::")[2]),
            doc=inline(source.doc if source else ""),
            marks=(*(() if known.outcome == "passed" else (known.outcome,)), *known.markers),
            path=source.path if source else test.partition("::")[0],
            line=source.line if source else 0,
            end=source.end if source else 0,
            exercised=tuple(sorted(found, key=_strength)),
        )

    def _group(self, owner: str, entries: tuple[FilePageEntry, ...]) -> Group:
        _, _, name = owner.partition("::")
        anchor = self.suite.places[owner].anchor if name else ""
        return Group(short(name.replace("::", ".")), anchor, entries)


def _strength(item: Exercised) -> tuple[int, bool, str]:
    return STANDINGS.index(item.standing), not item.proven, item.name


def _is_on_the_way(item: Exercised) -> bool:
    """Return whether a test runs an object through other code, and is not known to need it."""
    return item.standing == _INDIRECT and not item.proven


def _name(item: Exercised) -> str:
    return item.name


def _owner(entry: FilePageEntry) -> str:
    return entry.test.rpartition("::")[0]
