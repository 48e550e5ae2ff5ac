"""Suggestions: differences between declared and observed tests. They never fail the check."""

from collections.abc import Callable, Iterator, Mapping

from ..registry.model import Entry, Registry
from ..suite.reader import Suite, SuiteFunction
from .findings import Finding, Rule

__all__ = ["suggest"]

_Places = Mapping[str, tuple[str, SuiteFunction]]


def suggest(suite: Suite, registry: Registry, observable: Callable[[str], bool]) -> tuple[Finding, ...]:
    """Return the callables that tests of *suite* declare but did not execute, or call but do not declare.

    They are sorted. The registry lists only the most relevant tests that executed a callable, so
    only differences that are certain from these are found, not all.

    Args:
        observable: Returns whether a callable leaves a trace whenever it runs.
    """
    places = {
        f"{file.path}::{function.name}": (file.path, function)
        for file in suite.tests
        for function in file.functions
        if function.is_test
    }
    found = [*_not_executed(registry, places, observable), *_undeclared(registry, places)]
    return tuple(sorted(found))


def _not_executed(
    registry: Registry, places: _Places, observable: Callable[[str], bool]
) -> Iterator[Finding]:
    seen = {test for entry in registry.callables.values() for test in entry.observed.examples}
    for name, entry in registry.callables.items():
        executed = _executed(registry, name, entry)
        if executed or (executed is not None and observable(name)):
            for test in sorted(entry.declared.keys() & seen - executed):
                message = f"{_short(test)} declares it, but was not observed to execute it"
                yield from _at(test, places, "not-executed", name, message)


def _executed(registry: Registry, name: str, entry: Entry) -> frozenset[str] | None:
    """Return the tests that executed a callable or a member of it; None if not all are known."""
    members = [member for other, member in registry.callables.items() if other.startswith(f"{name}.")]
    family = [relative.observed for relative in (entry, *members)]
    if any(observed.tests > len(observed.examples) for observed in family):
        return None
    return frozenset(test for observed in family for test in observed.examples)


def _undeclared(registry: Registry, places: _Places) -> Iterator[Finding]:
    declared: dict[str, set[str]] = {}
    for name, entry in registry.callables.items():
        for test in entry.declared:
            declared.setdefault(test, set()).add(name)
    for name, entry in registry.callables.items():
        for test, link in sorted(entry.observed.examples.items()):
            known = declared.get(test, set())
            if link.direct and known and not any(_is_family(name, other) for other in known):
                yield from _at(test, places, "undeclared", name, f"{_short(test)} calls it; does it test it?")


def _is_family(name: str, other: str) -> bool:
    return name == other or name.startswith(f"{other}.") or other.startswith(f"{name}.")


def _short(test: str) -> str:
    return test.partition("::")[2]


def _at(test: str, places: _Places, rule: Rule, name: str, message: str) -> Iterator[Finding]:
    if test in places:
        file, function = places[test]
        yield Finding(file, function.line, rule, name, message)
