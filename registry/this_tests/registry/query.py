"""Queries the registry for the tests of a name, of a part of one, or of a typo."""

from collections.abc import Iterable, Mapping

import msgspec

from .model import STANDINGS, Evidence, Registry
from .relevance import CallableName, TestName, name_relevance

__all__ = ["Answer", "answer", "belonging", "by_strength", "in_order", "strongest"]

_SUGGESTIONS = 5


class Answer(msgspec.Struct, frozen=True):
    """The result of a query.

    Attributes:
        evidence: The evidence, by the canonical name of each matching callable.
        numbers: The number of tests of each.
        names: What --this-tests-for needs for the same: the name that was asked for, or if that is only
            a part of names, these.
        suggestions: Similar names, if nothing matches.
    """

    evidence: Mapping[str, tuple[Evidence, ...]]
    numbers: Mapping[str, int]
    names: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()


def answer(registry: Registry, name: str) -> Answer:
    """Return the evidence for *name*.

    A callable is found by its canonical name, or by any other name that leads to its definition; a class
    or module includes all callables below it. Any other text matches the callables whose names contain it,
    ignoring case: as whole parts between dots, or if there are none, anywhere.
    """
    whole = belonging(registry, name)
    found = whole or _containing(registry, f".{name}.") or _containing(registry, name)
    suggestions = () if found else _suggestions(registry, name)
    return Answer(
        {callable_name: registry.evidence(callable_name) for callable_name in sorted(found)},
        {callable_name: registry.number_of_tests(callable_name) for callable_name in found},
        (name,) if whole else tuple(sorted(found)),
        suggestions,
    )


def by_strength(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return the strongest evidence of each test: declared, direct, indirect, inferred.

    Of equal evidence, what a test's name says comes first.
    """
    return tuple(strongest(in_order(evidence)))


def in_order(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return all evidence, in the order of `by_strength`."""
    return tuple(sorted(evidence, key=_strength))


def _strength(link: Evidence) -> tuple[object, ...]:
    names = name_relevance(TestName(link.test), CallableName(link.name))
    return (STANDINGS.index(link.standing), names, link.test)


def strongest(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return the strongest evidence of each test, in the same order."""
    by_test: dict[str, Evidence] = {}
    for link in evidence:
        by_test.setdefault(link.test, link)
    return tuple(by_test.values())


def belonging(registry: Registry, name: str) -> set[str]:
    """Return the callables with this *name*, or another one of the same definition, and those below it."""
    origins = registry.origins(name) if _may_come_from_elsewhere(registry, name) else ()
    heads = tuple(f"{known}." for known in (name, *registry.names(name), *origins))
    below = {callable_name for callable_name in registry.callables if callable_name.startswith(heads)}
    return {*registry.names(name), *below}


def _may_come_from_elsewhere(registry: Registry, name: str) -> bool:
    """Return whether the registry may have callables below another name of the same definition.

    Of a name that the registry has, the library's source need not be read otherwise, which takes far longer.
    """
    if name not in registry.callables:
        return True
    # An inventory may list a class in one module, and its methods in another.
    part = f".{name.rpartition('.')[2]}."
    return any(part in other and not other.startswith(f"{name}.") for other in registry.callables)


def _containing(registry: Registry, name: str) -> set[str]:
    part = name.lower()
    return {callable_name for callable_name in registry.callables if part in f".{callable_name.lower()}."}


def _suggestions(registry: Registry, name: str) -> tuple[str, ...]:
    from difflib import get_close_matches

    last = {
        callable_name.rpartition(".")[2].lower(): callable_name
        for callable_name in sorted(registry.callables, reverse=True)
    }
    near = get_close_matches(name.lower().rpartition(".")[2], last, _SUGGESTIONS)
    whole = get_close_matches(name, registry.callables, _SUGGESTIONS)
    return tuple(dict.fromkeys([*whole, *(last[callable_name] for callable_name in near)]))[:_SUGGESTIONS]
