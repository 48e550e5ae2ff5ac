"""What a section holds: plain values, made from the evidence and the tests' sources without a build."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from this_tests import Evidence

from . import messages
from .documented import Documented
from .joining import Join, Joined
from .ranking import Candidate, leaders, ranked, standing
from .settings import Settings
from .snippets import Snippet, Sources

__all__ = ["Row", "Section", "Sections"]

# A docstring's first line, and a name, are one line of a page; hostile ones are longer.
_LONGEST = 200


@dataclass(frozen=True)
class Row:
    """One test, as a page shows it.

    Attributes:
        test: Its node id.
        evidence: The kind of evidence: ``declared``, ``observed`` or ``inferred``.
        scope: What its name stands in: ``TestGraph.``, or nothing.
        name: Its own name.
        doc: The first line of its docstring.
        label: The kind of evidence in a word, and `explained` in a sentence.
        marks: Its outcome, where that is no plain pass, and the markers to know of.
        path: Its file, from the root.
        line: Its first line, and `end` its last; both 1 where its source cannot be read.
        place: File and line, short.
        snippet: The lines to show, or ``None``.
        open: Whether the lines are shown at once.
    """

    test: str
    evidence: str
    scope: str
    name: str
    doc: str
    label: str
    explained: str
    marks: tuple[str, ...]
    path: str
    line: int
    end: int
    place: str
    snippet: Snippet | None
    open: bool

    @property
    def command(self) -> str:
        """The command that runs the test."""
        return f"pytest {shlex.quote(self.test)}"


@dataclass(frozen=True)
class Section:
    """The tests of one documented object.

    Attributes:
        name: The object's documented name.
        title: "Tests exercising this function", or what fits the object.
        counts: How many tests, in how many files.
        rows: The most telling tests.
        others: The other tests, in the order of their rank, without their source.
        all: The text of the link to all tests; empty where `rows` are all.
        inherited: The base class's member that the tests are for, or nothing.
        members: The sentence on the tests of a class's members, or nothing.
        missing: The sentence that there are no tests, or nothing.
        how_to_url: Where readers learn how to add one, or nothing.
    """

    name: str
    title: str
    counts: str = ""
    rows: tuple[Row, ...] = ()
    others: tuple[Row, ...] = ()
    all: str = ""
    inherited: str = ""
    members: str = ""
    missing: str = ""
    how_to_url: str = ""


@dataclass(frozen=True)
class Sections:
    """Makes the sections of one build."""

    join: Join
    sources: Sources
    settings: Settings

    def of(self, documented: Documented) -> Section | None:
        """Return the section for an object, or ``None`` where nothing is to be said."""
        joined = self.join.evidence_for(documented)
        if not joined.evidence:
            return self._empty(documented, joined)
        order = ranked((self._candidate(each) for each in joined.evidence), documented.name)
        first = leaders(order, self.settings.limit)
        rest = [each for each in order if each not in first] if len(order) > len(first) else []
        return Section(
            name=documented.name,
            title=messages.title(documented.objtype),
            counts=_counts(joined.evidence),
            rows=tuple(self._row(each, number) for number, each in enumerate(first)),
            others=tuple(self._row(each, None) for each in rest),
            all=messages.all_tests(len(order)) if rest else "",
            inherited=joined.inherited,
            members=_members(joined),
        )

    def _empty(self, documented: Documented, joined: Joined) -> Section | None:
        missing = messages.missing(documented.objtype)
        # What makes an instance is exercised by whoever exercises the class.
        made = documented.name.endswith((".__init__", ".__new__"))
        if made or not (missing and self.settings.show_missing):
            return None
        return Section(
            name=documented.name,
            title=messages.title(documented.objtype),
            members=_members(joined),
            missing=missing,
            how_to_url=self.settings.how_to_url,
        )

    def _candidate(self, evidence: Evidence) -> Candidate:
        source = self.sources.test(evidence.test)
        return Candidate(
            evidence,
            direct=bool(source and source.uses(evidence.name)),
            others=self.join.links_of(evidence.test) - 1,
            lines=source.end - source.line + 1 if source else 0,
        )

    def _row(self, candidate: Candidate, number: int | None) -> Row:
        evidence = candidate.evidence
        source = self.sources.test(evidence.test)
        path, *scopes, name = evidence.test.split("::") if "::" in evidence.test else (evidence.test, "")
        worth = standing(candidate)
        return Row(
            test=evidence.test,
            evidence=evidence.kind,
            scope=_short("".join(f"{each}." for each in scopes)),
            name=_short(name or PurePosixPath(path).name),
            doc=_short(source.doc) if source else "",
            label=messages.kind(worth),
            explained=messages.explained(worth),
            marks=(*(() if evidence.outcome == "passed" else (evidence.outcome,)), *evidence.markers),
            place=_short(PurePosixPath(path).name) + (f":{source.line}" if source else ""),
            path=path,
            line=source.line if source else 1,
            end=source.end if source else 1,
            snippet=source.snippet(evidence.name) if source and number is not None else None,
            open=self.settings.open == "all" or (self.settings.open == "first" and number == 0),
        )


def _counts(evidence: Sequence[Evidence]) -> str:
    return messages.counts(len(evidence), len({each.test.partition("::")[0] for each in evidence}))


def _members(joined: Joined) -> str:
    return messages.members(joined.members) if joined.members else ""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
