"""Answers of `this-tests show` as text and JSON."""

from collections.abc import Iterator, Mapping, Sequence

from ..observations.lookup import CallablesOfTest
from ..registry.commands import pytest_for
from ..registry.model import Evidence
from ..registry.query import Answer, by_strength, in_order
from ..text import counted, printable, tests_counted
from .styles import styled

__all__ = ["answer_data", "answer_lines", "callables_data", "callables_lines", "unknown_test_lines"]

_MOST_NAMES = 10


# By callable, the tests that fail without it, each with what was put in its place then.
Noticing = Mapping[str, Mapping[str, Sequence[str]]]


def answer_lines(
    name: str, found: Answer, registry: str, *, exists: bool | None, noticing: Noticing | None = None
) -> list[str]:
    """Return, with styles, the callables that *name* matches, their tests, and a pytest command.

    Args:
        registry: The registry's file name, for messages.
        exists: Whether the library has the name; None if that cannot be determined.
        noticing: The tests that are proven to notice, which come first.
    """
    if not found.evidence:
        return _nothing_lines(name, found, registry, exists=exists)
    lines = [
        line
        for callable_name, evidence in found.evidence.items()
        for line in _callable_lines(
            callable_name,
            by_strength(evidence),
            found.numbers[callable_name],
            (noticing or {}).get(callable_name, {}),
        )
    ]
    return [*lines, *_command_lines(found.names)]


def _nothing_lines(name: str, found: Answer, registry: str, *, exists: bool | None) -> list[str]:
    state = "exists, but no test in" if exists else "is not in"
    lines = [f"{styled(name, 'bold')} {state} {printable(registry)}{' exercises it' if exists else ''}."]
    if found.suggestions:
        lines += ["Did you mean:", *(f"  {printable(suggestion)}" for suggestion in found.suggestions)]
    return lines


def _callable_lines(
    name: str, evidence: Sequence[Evidence], number: int, noticing: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    listed = {link.test for link in evidence} | noticing.keys()
    yield f"{styled(name, 'bold')}  {styled(tests_counted(number, len(listed)), 'dim')}"
    for test in sorted(noticing):
        link = next((link for link in evidence if link.test == test), None)
        yield f"  {styled('proven  ', 'green')}  {printable(test)}{_labels(link) if link else ''}"
    for link in evidence:
        if link.test not in noticing:
            yield f"  {styled(f'{link.standing:8}', 'green')}  {printable(link.test)}{_labels(link)}"


def _labels(link: Evidence) -> str:
    labels = [*link.markers, *([link.outcome] if link.outcome != "passed" else [])]
    return f"  {styled(' '.join(labels), 'yellow')}" if labels else ""


def _command_lines(names: Sequence[str]) -> list[str]:
    return ["", styled(f"$ {pytest_for(names)}", "dim")] if len(names) <= _MOST_NAMES else []


def answer_data(found: Answer, noticing: Noticing | None = None) -> dict[str, object]:
    """Return the same answer as `answer_lines`, as data for JSON."""
    return {
        **({"proven": {name: noticing[name] for name in sorted(noticing)}} if noticing else {}),
        "callables": {
            name: [
                {
                    "test": link.test,
                    "kind": link.kind,
                    "standing": link.standing,
                    "via": link.link.via,
                    "receiver": link.link.receiver,
                    "outcome": link.outcome,
                    "markers": link.markers,
                }
                for link in in_order(evidence)
            ]
            for name, evidence in found.evidence.items()
        },
        "suggestions": found.suggestions,
    }


def callables_lines(name: str, found: CallablesOfTest) -> Iterator[str]:
    """Yield, with styles, the tests called *name* and what they exercise."""
    if not found.tests:
        yield from unknown_test_lines(name, found.suggestions)
    for test, callables in found.tests.items():
        yield f"{styled(printable(test), 'bold')}  {styled(counted(len(callables), 'callable'), 'dim')}"
        for exercised in callables:
            yield f"  {styled(f'{exercised.standing:8}', 'green')}  {printable(exercised.name)}"


def unknown_test_lines(name: str, suggestions: Sequence[str]) -> Iterator[str]:
    """Yield, with styles, that no test is called *name*, and similar node ids."""
    yield f"No test called {styled(printable(name), 'bold')} is known."
    if suggestions:
        yield "Did you mean:"
        yield from (f"  {printable(test)}" for test in suggestions)


def callables_data(found: CallablesOfTest) -> dict[str, object]:
    """Return the same answer as data for JSON."""
    return {
        "tests": {
            test: [{"callable": exercised.name, "standing": exercised.standing} for exercised in callables]
            for test, callables in found.tests.items()
        },
        "suggestions": found.suggestions,
    }
