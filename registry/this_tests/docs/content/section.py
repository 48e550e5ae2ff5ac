"""The content of a section: plain values, made from the evidence and the tests' sources."""

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import PurePosixPath

from ...registry.commands import pytest_command
from ...registry.model import Evidence
from ...source.public_api import is_maker
from .. import messages
from ..api_objects import ApiObject
from ..inline_markup import Inline, inline
from ..settings import PageSettings
from ..snippets.matching import Known
from ..snippets.snippet import Snippet, Sources, TestSource
from .evidence import MEMBERS, Join, Joined
from .ranking import ASPECTS, PROVEN, STANDINGS, Candidate, leaders, ranked

__all__ = ["Section", "SectionRow", "Sections", "short"]

# A name fills one line of a page; malicious ones may be longer.
_LONGEST = 200
# The number of test files listed below a section.
_FILES = 3


@dataclass(frozen=True)
class SectionRow:
    """One test, as a page shows it.

    Attributes:
        test: Its node id.
        callable: The registry's name of what it exercises.
        evidence: The kind of evidence: ``declared``, ``observed`` or ``inferred``.
        standing: The same, with ``direct`` or ``indirect`` in the place of ``observed``.
        scope: The class that it is in: ``TestGraph.``, or nothing.
        name: Its own name.
        doc: The first sentence of its docstring.
        label: The kind of evidence in a word, and `explained` in a sentence.
        proven: The label of a test that is proven to fail without it; else empty.
        marks: Its outcome, unless it passed, and its markers as far as the registry keeps them.
        path: The file with its source, from the root.
        line: Its first line, and `end` its last; both 0 if its source cannot be read.
        place: The file name and the line.
        snippet: The lines to show, or ``None``.
        open: Whether the lines are shown at once.
        command: The command that runs the test.
    """

    test: str
    callable: str
    evidence: str
    standing: str
    scope: str
    name: str
    doc: Inline
    label: str
    explained: str
    marks: tuple[str, ...]
    path: str
    line: int
    end: int
    place: str
    snippet: Snippet | None
    open: bool
    command: str
    proven: str = ""

    @property
    def proven_explained(self) -> str:
        """What `proven` means, in a sentence."""
        return messages.explained(PROVEN)

    @property
    def file(self) -> str:
        """The file that the test is collected from, which its node id names."""
        return self.test.partition("::")[0]


@dataclass(frozen=True)
class Section:
    """The tests of one documented object.

    Attributes:
        name: The object's documented name.
        title: "Tests exercising this function", or what fits the object.
        objtype: What the object is: ``function``, ``method``, …
        tests: How many tests there are.
        more: Whether there are further tests, in an unknown number.
        kinds: How many of them there are of each standing, in the order of `STANDINGS`.
        counts: How many tests, in how many files, in words.
        rows: The most relevant tests.
        others: The other tests that the registry lists, by rank, without their source.
        further: How many more tests are known by name, and a digest of them; the page of all tests has them.
        all: The text of the link to the page of all tests; empty if there is only one.
        listed: The text of the fold with `others`, in formats without such a page.
        direct: How many tests call the object directly, in words; empty if none do, or all tests
            are shown.
        files: The files with most tests, each with its number of tests, in words; empty if the
            registry does not list all tests.
        inherited: The base class's member that the tests are for, or an empty string.
        value: The name of an attribute's value, if the tests are for that, or an empty string.
        members: The sentence on the tests of a class's members, or an empty string.
        missing: The sentence that there are no tests, or an empty string.
        proven: The tests that are proven to fail without the object, sorted.
        how_to_url: The page on how to add a test, or an empty string.
    """

    name: str
    title: str
    objtype: str = ""
    tests: int = 0
    more: bool = False
    kinds: tuple[int, ...] = (0, 0, 0, 0)
    counts: str = ""
    rows: tuple[SectionRow, ...] = ()
    others: tuple[SectionRow, ...] = ()
    further: tuple[int, str] = (0, "")
    all: str = ""
    listed: str = ""
    direct: str = ""
    files: tuple[tuple[str, str], ...] = ()
    inherited: str = ""
    value: str = ""
    members: str = ""
    missing: str = ""
    how_to_url: str = ""
    proven: tuple[str, ...] = ()

    @property
    def other(self) -> str:
        """The name that the tests are for, if that is not the object's own name; else empty."""
        return self.inherited or self.value

    def naming_it(self) -> "Section":
        """Return the section with the object's name in its title: its description is of others, too."""
        missing = self.missing and f"{self.name}: {self.missing}"
        return replace(self, title=messages.title_of(self.name), missing=missing)

    @property
    def has_page(self) -> bool:
        """Whether all tests have a page of their own: a single one is as short as the link to it."""
        return self.known > 1

    @property
    def is_whole(self) -> bool:
        """Whether the section shows the source of all its tests at once."""
        return all(row.open for row in self.rows)

    @property
    def further_in_words(self) -> str:
        """How many tests only that page shows."""
        return messages.other_tests(self.further[0])

    @property
    def known(self) -> int:
        """How many tests that page shows."""
        return len(self.rows) + len(self.others) + self.further[0]


@dataclass(frozen=True)
class Sections:
    """Makes the sections of one build.

    Attributes:
        private: Whether the registry includes private callables.
        options: The options that the project's configuration gives to pytest.
    """

    join: Join
    sources: Sources
    settings: PageSettings
    private: bool = False
    options: tuple[str, ...] = ()
    _commands: dict[str, str] = field(default_factory=dict, repr=False)
    _known_names: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict, repr=False)

    def of(self, documented: ApiObject) -> Section | None:
        """Return the section for an object, or ``None`` if it has none."""
        joined = self.join.evidence_for(documented)
        if not joined.evidence:
            return self._empty(documented, joined)
        name = documented.name
        proven = joined.proven_tests
        order = ranked((self._candidate(item, documented, proven) for item in joined.evidence), name)
        first = leaders(order, self.settings.limit, name)
        rest = [candidate for candidate in order if candidate not in first] if len(order) > len(first) else []
        return Section(
            name=name,
            title=messages.title(documented.objtype),
            objtype=documented.objtype,
            tests=joined.total,
            more=joined.more,
            kinds=_kinds(joined),
            counts=_counts(joined),
            rows=tuple(self._row(item, documented, number) for number, item in enumerate(first)),
            others=tuple(self._row(item, documented, None) for item in rest),
            further=_further(joined),
            all=_all(joined.known, joined) if joined.known > 1 else "",
            listed=_all(len(order), replace(joined, others={})) if rest else "",
            direct=_direct(joined) if joined.total > len(first) else "",
            files=_files(joined) if joined.known > len(first) and _all_named(joined) else (),
            inherited=joined.inherited,
            value=joined.value,
            members=_members(joined),
            proven=tuple(sorted(proven)),
        )

    def further(self, documented: ApiObject) -> Mapping[str, bool]:
        """Return the tests of an object that are not in its section, and whether they call it directly."""
        return self.join.evidence_for(documented).others

    def missing(self, documented: ApiObject) -> str:
        """Return the sentence that an object without evidence has no tests; empty if that is not certain."""
        if is_maker(documented.name) or self.leaves_out(documented):
            return ""
        sentence = messages.missing(documented.objtype)
        return messages.text("No tests declared.") if sentence and not self.join.is_observed else sentence

    def leaves_out(self, documented: ApiObject) -> bool:
        """Return whether an object may have tests that no run would have seen: nothing is said of it."""
        is_hidden = not self.private and _is_private(documented)
        return is_hidden or not self.join.is_certain(documented)

    def _empty(self, documented: ApiObject, joined: Joined) -> Section | None:
        missing, members = self.missing(documented), _members(joined)
        if members and not missing:
            missing, members = f"{members}.", ""
        if not (missing and self.settings.show_missing):
            return None
        return Section(
            name=documented.name,
            title=messages.title(documented.objtype),
            objtype=documented.objtype,
            members=members,
            missing=missing,
            how_to_url=self.settings.how_to_url,
        )

    def _candidate(self, evidence: Evidence, documented: ApiObject, proven: Container[str]) -> Candidate:
        source, names = self.sources.test(evidence.test), self._names(evidence, documented.name)
        known = self._known(evidence, documented, names)
        return Candidate(
            evidence,
            uses=bool(source and (source.uses(*names, known=known) or source.is_given(*names, known=known))),
            refused=bool(source and source.refused(*names, known=known)),
            aspect=bool(source and source.calls(*ASPECTS)),
            values=bool(source and source.checks_values),
            proven=evidence.test in proven,
            inherited=bool(source and source.class_name != _owner(evidence.test)),
            others=max(self.join.links_of(evidence.test), evidence.link.callables_executed) - 1,
            line=source.line if source else 0,
            pinned=evidence.test in self.settings.first,
        )

    def _row(self, candidate: Candidate, documented: ApiObject, number: int | None) -> SectionRow:
        evidence = candidate.evidence
        source = self.sources.test(evidence.test)
        path, *scopes, name = evidence.test.split("::") if "::" in evidence.test else (evidence.test, "")
        # An inherited test is in the file of the base class.
        file = source.path if source else path
        return SectionRow(
            test=evidence.test,
            callable=evidence.name,
            evidence=evidence.kind,
            standing=evidence.standing,
            scope=short("".join(f"{scope}." for scope in scopes)),
            name=short(name or PurePosixPath(path).name),
            doc=inline(source.doc if source else ""),
            label=messages.kind(evidence.standing),
            explained=messages.explained(evidence.standing),
            marks=(*(() if evidence.outcome == "passed" else (evidence.outcome,)), *evidence.markers),
            place=short(PurePosixPath(file).name) + (f":{source.line}" if source else ""),
            path=file,
            line=source.line if source else 0,
            end=source.end if source else 0,
            snippet=self._snippet(source, evidence, documented) if source and number is not None else None,
            open=self.settings.open == "all" or (self.settings.open == "first" and number == 0),
            command=self._command(evidence.test),
            proven=messages.kind(PROVEN) if candidate.proven else "",
        )

    def _command(self, test: str) -> str:
        # A test is in the sections of all that it exercises.
        if test not in self._commands:
            self._commands[test] = pytest_command([test], self.options)
        return self._commands[test]

    def _snippet(self, source: TestSource, evidence: Evidence, documented: ApiObject) -> Snippet:
        names = self._names(evidence, documented.name)
        known = self._known(evidence, documented, names)
        return source.snippet(*names, helped=evidence.standing != "indirect", known=known)

    def _known(self, evidence: Evidence, documented: ApiObject, names: tuple[str, ...]) -> Known:
        """Return what the evidence tells of calls that the test's source leaves open."""
        others = self.join.namesakes(names)
        return Known(
            direct=evidence.standing != "indirect",
            rivals=frozenset(other for other in others if self.join.may_call(evidence.test, other)),
            member=documented.objtype in MEMBERS,
            others=others,
            origins=self.join.registry.origins,
        )

    def _names(self, evidence: Evidence, documented: str) -> tuple[str, ...]:
        """Return all names by which a test may call the callable of the evidence."""
        key = (evidence.name, documented)
        if key not in self._known_names:
            # A wrapper that copies the name of what it wraps may be documented under another name.
            names = (evidence.name, *self.join.registry.origins(evidence.name), documented)
            self._known_names[key] = tuple(dict.fromkeys((*names, *self.join.aliases(names))))
        return self._known_names[key]


def _kinds(joined: Joined) -> tuple[int, ...]:
    counts = Counter[str](evidence.standing for evidence in joined.evidence)
    counts.update("direct" if direct else "indirect" for direct in joined.others.values())
    # Of the tests that are counted but not listed, so many are direct; the others are indirect.
    unnamed = joined.total - joined.known
    direct = min(unnamed, max(0, joined.direct - counts["direct"]))
    counts.update({"direct": direct, "indirect": unnamed - direct})
    return tuple(counts[standing] for standing in STANDINGS)


def _counts(joined: Joined) -> str:
    if joined.more:
        return messages.named_tests(joined.total)
    return messages.counts(joined.total, len(_by_file(joined)) if _all_named(joined) else 1)


def _direct(joined: Joined) -> str:
    # Of a part of the tests, their number says nothing.
    return messages.direct(joined.direct) if joined.direct and not joined.more else ""


def _all_named(joined: Joined) -> bool:
    # The registry counts all tests that executed a callable, and lists few; the files of the others
    # are unknown.
    return joined.total == joined.known and not joined.more


def _all(named: int, joined: Joined) -> str:
    return messages.all_tests(named) if _all_named(joined) else messages.named_tests(named)


def _files(joined: Joined) -> tuple[tuple[str, str], ...]:
    """Return the files with most tests, if there are several."""
    counts = _by_file(joined).most_common(_FILES)
    return tuple((path, messages.in_file(tests)) for path, tests in counts) if len(counts) > 1 else ()


def _by_file(joined: Joined) -> Counter[str]:
    tests = (*(evidence.test for evidence in joined.evidence), *joined.others)
    return Counter(test.partition("::")[0] for test in tests)


def _further(joined: Joined) -> tuple[int, str]:
    if not joined.others:
        return 0, ""
    lines = "\n".join(f"{test} {direct}" for test, direct in joined.others.items())
    return len(joined.others), sha256(lines.encode("utf-8", "backslashreplace")).hexdigest()


def _members(joined: Joined) -> str:
    return messages.members(joined.members) if joined.members else ""


def _owner(test: str) -> str:
    """Return the class in a node id."""
    return test.rpartition("::")[0].partition("::")[2].rpartition("::")[2]


def _is_private(documented: ApiObject) -> bool:
    """Return whether an object, or the class that it is a member of, has a private name."""
    parts = documented.name.split(".")[-2 if documented.objtype in MEMBERS else -1 :]
    return any(part.startswith("_") and not part.endswith("__") for part in parts)


def short(text: str) -> str:
    """Return *text*, truncated if it is too long for a line of a page."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
