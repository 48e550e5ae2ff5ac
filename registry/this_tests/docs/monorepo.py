"""Joins the registries of several packages into one, whose node ids start from a folder that has all of them.

So pages, anchors, links and roles need not know of packages: no two tests have the same node id.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from ..files import is_module_name
from ..observations.executed import Executed
from ..registry.model import Entry, Link, Registry, Test

__all__ = ["ExecutedInAll", "Package", "joined", "owners"]


@dataclass(frozen=True)
class Package:
    """A package of several, with its registry.

    Attributes:
        prefix: The path of its root from the common folder, with ``/`` at the end; empty if that is it.
        library: The import packages that are its library.
    """

    prefix: str
    library: Sequence[str]
    registry: Registry

    def node_id(self, test: str) -> str:
        """Return the node id of a test from the common folder."""
        # Installed tests are recorded under the names of their modules.
        return test if is_module_name(test.partition("::")[0]) else self.prefix + test

    def owns(self, name: str) -> int:
        """Return how many parts of a name are those of an import package of the library; 0 if none are."""
        fitting = (top for top in self.library if name == top or name.startswith(f"{top}."))
        return max((len(top.split(".")) for top in fitting), default=0)


def owners(name: str, packages: Sequence[Package]) -> list[Package]:
    """Return the packages whose library owns a name; all of them if none does."""
    most = max((package.owns(name) for package in packages), default=0)
    return [package for package in packages if package.owns(name) == most]


def joined(packages: Sequence[Package]) -> Registry:
    """Return the registry of all *packages*; of a name in several, what the owner of the name has counts."""
    callables: dict[str, Entry] = {}
    for name in sorted({name for package in packages for name in package.registry.callables}):
        having = [package for package in packages if name in package.registry.callables]
        entries = [_rebased(package.registry.callables[name], package) for package in owners(name, having)]
        callables[name] = _union(entries)
    tests: dict[str, Test] = {}
    for package in packages:
        tests.update({package.node_id(test): known for test, known in package.registry.tests.items()})
    return Registry(callables, tests)


def _rebased(entry: Entry, package: Package) -> Entry:
    return Entry(
        declared=_links(entry.declared, package),
        observed=msgspec.structs.replace(entry.observed, examples=_links(entry.observed.examples, package)),
        inferred=_links(entry.inferred, package),
    )


def _links(links: Mapping[str, Link], package: Package) -> dict[str, Link]:
    return {package.node_id(test): link for test, link in links.items()}


def _union(entries: Sequence[Entry]) -> Entry:
    first, *rest = entries
    for other in rest:
        observed = msgspec.structs.replace(
            first.observed,
            tests=first.observed.tests + other.observed.tests,
            direct=first.observed.direct + other.observed.direct,
            examples={**first.observed.examples, **other.observed.examples},
            more=first.observed.more or other.observed.more,
        )
        first = Entry(
            declared={**first.declared, **other.declared},
            observed=observed,
            inferred={**first.inferred, **other.inferred},
        )
    return first


class ExecutedInAll(Executed):
    """All tests of several packages that executed each function.

    Args:
        parts: The packages, each with what its tests executed.
    """

    def __init__(self, parts: Iterable[tuple[Package, Executed]]) -> None:
        super().__init__((), {})
        self._parts = list(parts)

    def tests(self) -> frozenset[str]:
        """Return the tests that executed any callable with a public name."""
        return frozenset(package.node_id(test) for package, part in self._parts for test in part.tests())

    def of(self, name: str) -> Mapping[str, bool]:
        """Return the tests that executed the callable of a public name, and whether they called it."""
        having = [package for package, _ in self._parts if name in package.registry.callables]
        return self._in(owners(name, having), lambda part: part.of(name))

    def of_definition(self, name: str) -> Mapping[str, bool]:
        """Return the same for a function, public or not, by its defining module and qualified name."""
        having = [package for package, part in self._parts if part.of_definition(name)]
        return self._in(owners(name, having), lambda part: part.of_definition(name))

    def _in(
        self, chosen: Collection[Package], tests_of: Callable[[Executed], Mapping[str, bool]]
    ) -> Mapping[str, bool]:
        return {
            package.node_id(test): direct
            for package, part in self._parts
            if any(package is owner for owner in chosen)
            for test, direct in tests_of(part).items()
        }
