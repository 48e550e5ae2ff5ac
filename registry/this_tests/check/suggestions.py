"""Where what tests declare and what they were seen to execute differ: hints, never failures."""

from collections.abc import Callable, Iterator, Mapping

from ..registry.model import Entry, Registry
from ..suite.reader import Suite, SuiteFunction
from .findings import Finding, Rule

__all__ = ["suggest"]

_Places = Mapping[str, tuple[str, SuiteFunction]]


def suggest(suite: Suite, registry: Registry, observable: Callable[[str], bool]) -> tuple[Finding, ...]:
    """Return where the tests of *suite* declare what they did not execute, or not what they call; sorted.

    The registry keeps by name only the most telling tests that executed a callable, so this
    tells what is certain from them, and not all.

    Args:
        observable: Tells whether a callable leaves a trace whenever it runs.
    """
    places = {
        f"{file.path}::{each.name}": (file.path, each)
        for file in suite.tests
        for each in file.functions
        if each.is_test
    }
    found = [*_not_executed(registry, places, observable), *_undeclared(registry, places)]
    return tuple(sorted(found))


def _not_executed(
    registry: Registry, places: _Places, observable: Callable[[str], bool]
) -> Iterator[Finding]:
    seen = {test for entry in registry.callables.values() for test in entry.observed.telling}
    for name, entry in registry.callables.items():
        executed = _executed(registry, name, entry)
        if executed or (executed is not None and observable(name)):
            for test in sorted(entry.declared.keys() & seen - executed):
                message = f"{_short(test)} declares it, and was not seen to execute it"
                yield from _at(test, places, "not-executed", name, message)


def _executed(registry: Registry, name: str, entry: Entry) -> frozenset[str] | None:
    """Return the tests that executed a callable or a member of it, None where not all are known."""
    members = [each for other, each in registry.callables.items() if other.startswith(f"{name}.")]
    family = [each.observed for each in (entry, *members)]
    if any(each.tests > len(each.telling) for each in family):
        return None
    return frozenset(test for each in family for test in each.telling)


def _undeclared(registry: Registry, places: _Places) -> Iterator[Finding]:
    declared: dict[str, set[str]] = {}
    for name, entry in registry.callables.items():
        for test in entry.declared:
            declared.setdefault(test, set()).add(name)
    for name, entry in registry.callables.items():
        for test, link in sorted(entry.observed.telling.items()):
            known = declared.get(test, set())
            if link.direct and known and not any(_is_family(name, each) for each in known):
                yield from _at(
                    test, places, "undeclared", name, f"{_short(test)} calls it; does it test it, too?"
                )


def _is_family(name: str, other: str) -> bool:
    return name == other or name.startswith(f"{other}.") or other.startswith(f"{name}.")


def _short(test: str) -> str:
    return test.partition("::")[2]


def _at(test: str, places: _Places, rule: Rule, name: str, message: str) -> Iterator[Finding]:
    if test in places:
        file, function = places[test]
        yield Finding(file, function.line, rule, name, message)
