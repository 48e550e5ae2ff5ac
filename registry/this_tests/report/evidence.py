"""What `show` answers, as lines in rich's markup or as data for JSON."""

import shlex
from collections.abc import Iterator, Sequence

from ..registry.model import Evidence
from ..registry.query import Answer, strongest
from ..text import tests_counted
from .escaping import shown

__all__ = ["answer_data", "answer_lines"]

_COMMAND_TESTS = 10


def answer_lines(name: str, found: Answer, registry: str, *, exists: bool | None) -> list[str]:
    """Return, in rich's markup, what is known of *name*: callables, their tests, the command to run them.

    Args:
        registry: The registry's name, for the sentences.
        exists: Whether the library has the name, where that can be told.
    """
    if not found.evidence:
        return _nothing_lines(name, found, registry, exists=exists)
    lines = [
        line
        for each, evidence in found.evidence.items()
        for line in _callable_lines(each, strongest(evidence), found.numbers[each])
    ]
    tests = sorted({each.test for evidence in found.evidence.values() for each in evidence})
    return [*lines, *_command_lines(tests)]


def _nothing_lines(name: str, found: Answer, registry: str, *, exists: bool | None) -> list[str]:
    state = "exists, but no test in" if exists else "is not known to"
    lines = [f"[bold]{shown(name)}[/] {state} {shown(registry)}{' exercises it' if exists else ''}."]
    if found.suggestions:
        lines += ["Did you mean:", *(f"  {shown(each)}" for each in found.suggestions)]
    return lines


def _callable_lines(name: str, evidence: Sequence[Evidence], number: int) -> Iterator[str]:
    yield f"[bold]{shown(name)}[/]  [dim]{tests_counted(number, len(evidence))}[/]"
    for each in evidence:
        labels = [*each.markers, *([each.outcome] if each.outcome != "passed" else [])]
        tail = f"  [yellow]{shown(' '.join(labels))}[/]" if labels else ""
        yield f"  [green]{each.standing:8}[/]  {shown(each.test)}{tail}"


def _command_lines(tests: Sequence[str]) -> list[str]:
    words = " ".join(shlex.quote(test) for test in tests[:_COMMAND_TESTS])
    return ["", f"[dim]$ pytest {shown(words)}[/]"] if len(tests) <= _COMMAND_TESTS else []


def answer_data(found: Answer) -> dict[str, object]:
    """Return what `answer_lines` tells, as data for JSON."""
    return {
        "callables": {
            name: [
                {
                    "test": each.test,
                    "kind": each.kind,
                    "standing": each.standing,
                    "found": each.link.found,
                    "receiver": each.link.receiver,
                    "outcome": each.outcome,
                    "markers": each.markers,
                }
                for each in evidence
            ]
            for name, evidence in found.evidence.items()
        },
        "suggestions": found.suggestions,
    }
