"""Compares two registries: which callables gained, lost or changed tests."""

from collections.abc import Sequence
from dataclasses import dataclass

from .model import Registry
from .update import Changes, compare

__all__ = ["Change", "Difference", "difference"]


@dataclass(frozen=True, order=True)
class Change:
    """The differences between the tests of a callable, by node id.

    Attributes:
        before: The number of tests in the older registry, which may be a lower bound.
        now: The number of tests in the newer one.
        new: The tests that only the newer registry links to it, sorted, without those that the older
            one may have counted and not listed.
        gone: Likewise, the tests that only the older one links to it.
    """

    name: str
    before: int
    now: int
    new: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """The differences between two registries, sorted by name.

    Attributes:
        gained: Callables that have their first tests.
        lost: Callables that lost their last test.
        changed: Callables whose tests changed.
        other: Other differences: outcomes, markers, numbers.
        proven: Callables that are newly proven to have tests that fail without them.
        unproven: Callables of which that is not proven any more.
    """

    gained: tuple[Change, ...] = ()
    lost: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()
    other: tuple[str, ...] = ()
    proven: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        proofs = self.proven or self.unproven
        return bool(self.gained or self.lost or self.changed or self.other or proofs)


def difference(old: Registry, new: Registry) -> Difference:
    """Return the differences between *old* and *new*."""
    compared = compare(old, new)
    names = sorted({name for name, _, _ in (*compared.new, *compared.gone)})
    changes = [_change(name, old, new) for name in names]
    return Difference(
        gained=tuple(change for change in changes if not change.before),
        lost=tuple(change for change in changes if change.before and not change.now),
        changed=tuple(change for change in changes if change.before and change.now and _has_others(change)),
        other=_others(compared, changes),
    )


def _change(name: str, old: Registry, new: Registry) -> Change:
    numbers = old.number_of_tests(name), new.number_of_tests(name)
    return Change(name, *numbers, _only(new, old, name), _only(old, new, name))


def _only(one: Registry, other: Registry, name: str) -> tuple[str, ...]:
    """Return the tests of a callable that certainly only *one* of the registries links to it, sorted."""
    found = {link.test for link in one.evidence(name)} - {link.test for link in other.evidence(name)}
    if _has_unnamed(other, name):
        found -= _merely_observed(one, name)
    return tuple(sorted(found))


def _has_unnamed(registry: Registry, name: str) -> bool:
    seen = [registry.callables[known].observed for known in registry.names(name)]
    return any(observed.tests > len(observed.examples) for observed in seen)


def _merely_observed(registry: Registry, name: str) -> set[str]:
    evidence = registry.evidence(name)
    return {link.test for link in evidence} - {link.test for link in evidence if link.kind != "observed"}


def _has_others(change: Change) -> bool:
    return bool(change.new or change.gone or change.before != change.now)


def _others(compared: Changes, changes: Sequence[Change]) -> tuple[str, ...]:
    shown = {change.name for change in changes if _has_others(change)}
    rest = {change.name for change in changes} - shown
    return tuple(sorted({name for name in compared.other if name not in shown} | rest))
