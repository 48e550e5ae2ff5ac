"""Fixes: declarations that are missing and unambiguous."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..observations.relation import BODY, Relation
from ..source.public_api import PublicCallable
from ..suite.reader import Suite, SuiteFunction
from .findings import Finding

__all__ = ["Fix", "certain_fixes"]


@dataclass(frozen=True, order=True)
class Fix:
    """A declaration to add to a test.

    Attributes:
        test: The test's name in its file, qualified by its classes with ``::``.
        target: The public name of the callable that it exercises.
    """

    file: str
    test: str
    target: str


def certain_fixes(
    findings: Iterable[Finding], suite: Suite, relation: Relation, api: Sequence[PublicCallable]
) -> tuple[Fix, ...]:
    """Return the unambiguous declarations for the tests that *findings* report as ``missing``, sorted.

    A declaration is unambiguous if all of this holds: every observed case of the test passed; all
    library functions that its body was observed to call are public callables; there is only one of
    them, or the test's name begins with the name of exactly one, with or without its class; and the
    test's current source has a call of that name. A test that is named after a helper of its file,
    and not after what it calls, is ambiguous: it may test the helper.
    """
    body_calls = _BodyCalls(relation, api)
    functions = {
        (file.path, function.name): function
        for file in suite.tests
        for function in file.functions
        if function.is_test
    }
    helpers = {
        file.path: [function.short_name for function in file.functions if not function.is_test]
        for file in suite.tests
    }
    missing = {(finding.file, finding.subject) for finding in findings if finding.rule == "missing"}
    found = (
        (place, body_calls.target(place, functions[place], helpers[place[0]])) for place in sorted(missing)
    )
    return tuple(Fix(*place, target) for place, target in found if target)


class _BodyCalls:
    """The callables that the bodies of the tests called."""

    def __init__(self, relation: Relation, api: Sequence[PublicCallable]) -> None:
        self._relation = relation
        self._names = {entry.definition: entry.name for entry in api}
        self._tops = {entry.name.partition(".")[0] for entry in api}
        self._cases = _by_test(relation)

    def target(self, place: tuple[str, str], function: SuiteFunction, helpers: Iterable[str]) -> str:
        called = self._called("::".join(place))
        certain = _named(function.short_name, called)
        if not certain and len(called) == 1:
            words = _words(function.short_name)[1:]
            certain = frozenset() if any(_matching_words(words, helper) for helper in helpers) else called
        return "".join(name for name in certain if name.rpartition(".")[2] in function.uses)

    def _called(self, test: str) -> frozenset[str]:
        cases = self._cases.get(test, [])
        if not all(self._relation.outcome(case) in ("passed", "xfailed") for case in cases):
            return frozenset()
        functions = {name for case in cases for name, flags in self._relation.flags_of(case) if flags & BODY}
        called = {_made(name) for name in functions if name.partition(":")[0].partition(".")[0] in self._tops}
        if not called <= self._names.keys():
            return frozenset()
        return frozenset(self._names[definition] for definition in called)


def _by_test(relation: Relation) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for case in relation.rows:
        found.setdefault(case.partition("[")[0], []).append(case)
    return found


def _made(function: str) -> str:
    """Return the class for its ``__init__`` or ``__new__``, else *function* itself."""
    return re.sub(r"\.__(init|new)__$", "", function)


def _named(test: str, called: Iterable[str]) -> frozenset[str]:
    """Return the callable with the longest name, alone or with its class, that begins the test's name."""
    words = _words(test)[1:]
    fits = {name: _matching_words(words, name) for name in called}
    longest = max(fits.values(), default=0)
    best = frozenset(name for name, length in fits.items() if length == longest > 0)
    return best if len(best) == 1 else frozenset()


def _matching_words(words: Sequence[str], name: str) -> int:
    """Return how many *words* at the start match a callable's whole name, alone or with its class."""
    parts = name.split(".")
    candidates = (_words("_".join(parts[-number:])) for number in (1, 2))
    return max(len(part) if words[: len(part)] == part else 0 for part in candidates)


def _words(name: str) -> list[str]:
    """Return the lower-case words of a ``snake_case`` or ``CamelCase`` name."""
    return [word.lower() for word in _split(name)]


def _split(name: str) -> Iterator[str]:
    yield from re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
