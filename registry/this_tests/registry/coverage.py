"""Computes the coverage of an API: which callables have tests, and how strong the evidence is."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ..source.public_api import PublicCallable
from .model import Registry

__all__ = ["STATES", "Coverage", "Covered", "State", "cover", "covers"]

State = Literal["declared", "direct", "indirect", "inferred", "none"]

# From the strongest evidence to none.
STATES: tuple[State, ...] = ("declared", "direct", "indirect", "inferred", "none")


@dataclass(frozen=True, order=True)
class Covered:
    """One callable of the API.

    Attributes:
        state: The strongest evidence for it.
        tests: The number of tests with any evidence, which may be a lower bound.
        proven: The number of tests that are proven to fail without it.
    """

    name: str
    module: str
    state: State
    tests: int
    proven: int = 0


@dataclass(frozen=True)
class Coverage:
    """The callables of an API, or of a module of it, sorted by name."""

    items: tuple[Covered, ...]

    def counts(self) -> Mapping[State, int]:
        """Return the number of callables in each state."""
        counted = Counter(item.state for item in self.items)
        return {state: counted[state] for state in STATES}

    def share(self, least: State = "indirect") -> float:
        """Return the share of the callables whose evidence is *least* or stronger; 1.0 if there are none."""
        covered = sum(covers(item.state, least) for item in self.items)
        return covered / len(self.items) if self.items else 1.0

    def proven(self) -> int:
        """Return the number of callables without which some test is proven to fail."""
        return sum(item.proven > 0 for item in self.items)

    def by_module(self) -> Iterator[tuple[str, "Coverage"]]:
        """Yield each module with its callables, sorted."""
        found: dict[str, list[Covered]] = {}
        for item in self.items:
            found.setdefault(item.module, []).append(item)
        yield from ((module, Coverage(tuple(items))) for module, items in sorted(found.items()))


def covers(state: State, least: State) -> bool:
    """Return whether evidence of *state* is *least* or stronger."""
    return STATES.index(state) <= STATES.index(least)


def cover(
    api: Iterable[PublicCallable],
    registry: Registry,
    proven: Callable[[str], Collection[str]] = lambda _: (),
) -> Coverage:
    """Return the evidence in *registry* for each callable of *api*.

    Args:
        proven: Returns the tests that are proven to fail without a callable, by its name in *registry*.
    """
    return Coverage(tuple(sorted(_covered(function, registry, proven) for function in api)))


def _covered(item: PublicCallable, registry: Registry, proven: Callable[[str], Collection[str]]) -> Covered:
    # Names of one object: the docs may list another than the registry chose.
    names = dict.fromkeys(name for alias in item.names for name in registry.names(alias))
    evidence = [link for name in names for link in registry.evidence(name)]
    states: set[State] = {link.standing for link in evidence} or {"none"}
    tests = max([len({link.test for link in evidence}), *(registry.number_of_tests(name) for name in names)])
    noticing = {test for name in names for test in proven(name)}
    return Covered(item.name, item.module, min(states, key=STATES.index), tests, len(noticing))
