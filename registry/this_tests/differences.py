"""What two registries say differently of an API: what gained tests, and what lost them."""

from dataclasses import dataclass

from .model import Evidence, Registry
from .update import Changes, compare

__all__ = ["Change", "Difference", "difference"]


@dataclass(frozen=True, order=True)
class Change:
    """How the tests of one callable differ, by node id.

    Attributes:
        before: How many tests had evidence for it, at least.
        now: How many tests have.
        new: The tests that only the newer registry links to it, sorted.
        gone: The tests that only the older one links to it, sorted.
    """

    name: str
    before: int
    now: int
    new: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """What differs, sorted by name.

    Attributes:
        gained: Callables that have their first tests.
        lost: Callables that lost their last test.
        changed: Callables that have other tests than before.
        other: What differs besides: aliases, outcomes, markers, numbers.
    """

    gained: tuple[Change, ...] = ()
    lost: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()
    other: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost or self.changed or self.other)


def difference(old: Registry, new: Registry) -> Difference:
    """Return what differs between *old* and *new*."""
    compared = compare(old, new)
    names = sorted({name for name, _, _ in (*compared.new, *compared.gone)})
    changes = [_change(name, old, new) for name in names]
    return Difference(
        gained=tuple(each for each in changes if not each.before),
        lost=tuple(each for each in changes if each.before and not each.now),
        changed=tuple(each for each in changes if each.before and each.now),
        other=_others(compared, names),
    )


def _change(name: str, old: Registry, new: Registry) -> Change:
    before, now = _tests(old.evidence(name)), _tests(new.evidence(name))
    numbers = old.number_of_tests(name), new.number_of_tests(name)
    return Change(name, *numbers, tuple(sorted(now - before)), tuple(sorted(before - now)))


def _tests(evidence: tuple[Evidence, ...]) -> frozenset[str]:
    return frozenset(each.test for each in evidence)


def _others(compared: Changes, names: list[str]) -> tuple[str, ...]:
    return tuple(each for each in compared.other if each not in set(names))
