"""Ranks the tests of a callable: the order of a section's rows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from this_tests import Evidence
from this_tests.support import words

__all__ = ["STANDINGS", "Candidate", "leaders", "ranked"]

STANDINGS = ("declared", "direct", "indirect", "inferred")

# Words of names such as `test_add_edge_raises` and `test_errors`.
_REFUSAL = re.compile(r"errors?|exceptions?|fails?|failures?|invalid|raises?|warns?|warnings?")


@dataclass(frozen=True)
class Candidate:
    """A test that may be shown for a callable, with its ranking criteria.

    Attributes:
        uses: Whether the test's own body uses the callable.
        refused: Whether it uses it only where it expects an error or a warning.
        others: How many other callables the test is linked to.
        lines: The length of the test's source; 0 if it cannot be read.
        pinned: Whether the setting ``this_tests_first`` names it.
    """

    evidence: Evidence
    uses: bool = False
    refused: bool = False
    others: int = 0
    lines: int = 0
    pinned: bool = False


def ranked(candidates: Iterable[Candidate], name: str) -> list[Candidate]:
    """Return *candidates* for the callable *name*, the most relevant first.

    The order is total, because node ids are distinct, and does not depend on timings or anything
    else that differs between runs.
    """
    return sorted(candidates, key=lambda candidate: _key(candidate, name))


def leaders(order: Sequence[Candidate], limit: int) -> list[Candidate]:
    """Return the *limit* candidates of the ranked *order* that a page shows, in that order.

    Of tests without a declaration, at most one of each class or file is chosen while there are
    others, because tests of one class resemble each other.
    """
    families: set[str] = set()
    first: list[int] = []
    second: list[int] = []
    for index, candidate in enumerate(order):
        family = candidate.evidence.test.rpartition("::")[0]
        chosen = candidate.pinned or candidate.evidence.kind == "declared" or family not in families
        (first if chosen else second).append(index)
        families.add(family)
    by_standing = sorted([*first, *second], key=lambda index: _standing(order[index]))
    return [order[index] for index in sorted(by_standing[:limit])]


def _standing(candidate: Candidate) -> tuple[bool, int]:
    return not candidate.pinned, STANDINGS.index(candidate.evidence.standing)


def _key(candidate: Candidate, name: str) -> tuple[object, ...]:
    evidence = candidate.evidence
    return (
        *_standing(candidate),
        evidence.outcome != "passed",
        not candidate.uses,
        # Tests of errors show less about a callable than tests of its results.
        candidate.refused or _is_named_after_refusal(evidence.test, name),
        _class_used(evidence) != _class_of(name),
        _distance_of_names(evidence.test, name),
        _distance_of_files(evidence.test, evidence.name),
        candidate.others,
        candidate.lines,
        evidence.test,
    )


def _class_used(evidence: Evidence) -> str:
    """Return the class that the test used: of an inherited method, the subclass's tests come first."""
    return evidence.link.receiver.rpartition(".")[2] or _class_of(evidence.name)


def _class_of(name: str) -> str:
    # For a function it is a module, the same for all candidates, and so decides nothing.
    return name.rpartition(".")[0].rpartition(".")[2]


def _distance_of_names(test: str, name: str) -> int:
    """Return 0 for a test named after *name*, 1 for one whose name contains it, else 2."""
    wanted = words(name.rpartition(".")[2])
    parts = [words(part.removeprefix("test").removeprefix("Test")) for part in test.split("::")[1:]]
    if not wanted or not parts:
        return 2
    if parts[-1] == wanted:
        return 0
    return 1 if any(_contains(part, wanted) for part in parts) else 2


def _is_named_after_refusal(test: str, name: str) -> bool:
    """Return whether the test's name says that it expects an error, and the callable's own name does not."""
    wanted = words(name.rpartition(".")[2])
    return any(_REFUSAL.fullmatch(word) and word not in wanted for word in words(test.rpartition("::")[2]))


def _distance_of_files(test: str, name: str) -> int:
    """Return 0 where the test's file is named after a part of *name*, 1 where a folder is, else 2."""
    path = PurePosixPath(test.partition("::")[0])
    stem = path.stem.removeprefix("test_").removesuffix("_test").lower()
    parts = {part.lower().strip("_") for part in name.split(".")}
    if stem in parts:
        return 0
    # The top package's own name is in most paths, and distinguishes nothing.
    packages = parts - {name.partition(".")[0].lower()}
    return 1 if packages & {part.lower() for part in path.parts[:-1]} else 2


def _contains(text: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(text[start : start + len(wanted)] == wanted for start in range(len(text) - len(wanted) + 1))
