"""Three-way merge of registries, for git."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from .model import Entry, Link, Registry, Test, merge_links, test_file

__all__ = ["merge_three"]

_K = TypeVar("_K")
_V = TypeVar("_V")
# By callable and test.
_Links = dict[tuple[str, str], Link]


def merge_three(base: Registry, ours: Registry, theirs: Registry) -> Registry:
    """Return *base* with what *ours* and *theirs* changed in it.

    A link that one side added stays, and one that a side removed goes. A callable or a test that one side
    renamed is renamed in what the other side added. What both changed in different ways is joined: of two
    links, the stronger one; of markers, all.
    """
    versions = [_links(registry) for registry in (base, ours, theirs)]
    callables = _renamed(versions, 0)
    versions = [_with_names(links, callables, {}) for links in versions]
    tests = _renamed(versions, 1)
    before, one, other = (_with_names(links, {}, tests) for links in versions)
    links = _merged(before, one, other, merge_links)
    marked, mine, yours = (_markers(registry, tests) for registry in (base, ours, theirs))
    return _registry(links, _merged(marked, mine, yours, _all_markers))


def _registry(links: _Links, markers: Mapping[str, tuple[str, ...]]) -> Registry:
    declared: dict[str, dict[str, Link]] = {}
    for (name, test), link in links.items():
        declared.setdefault(name, {})[test] = link
    linked = {test for _, test in links}
    return Registry(
        callables={name: Entry(declared=found) for name, found in declared.items()},
        tests={test: Test(markers=found) for test, found in markers.items() if test in linked},
    )


def _links(registry: Registry) -> _Links:
    return {
        (name, test): link
        for name, entry in registry.callables.items()
        for test, link in entry.declared.items()
    }


def _markers(registry: Registry, renamed: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {renamed.get(test, test): info.markers for test, info in registry.tests.items()}


def _all_markers(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))


# Renames. A name that a side has no longer became another one if exactly one new name of that side is linked
# to the same.


def _renamed(versions: Iterable[_Links], part: int) -> dict[str, str]:
    """Return the new names that the sides gave to callables (*part* 0) or tests (*part* 1)."""
    base, *sides = (_linked_to(links, part) for links in versions)
    found: dict[str, str] = {}
    for side in sides:
        for gone in base.keys() - side.keys():
            new = [name for name in side.keys() - base.keys() if _is_same(name, gone, side, base, part)]
            if len(new) == 1:
                found.setdefault(gone, new[0])
    return found


def _linked_to(links: _Links, part: int) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for link in links:
        found.setdefault(link[part], set()).add(link[1 - part])
    return found


def _is_same(
    new: str, old: str, side: Mapping[str, set[str]], base: Mapping[str, set[str]], part: int
) -> bool:
    return side[new] == base[old] and (part == 0 or test_file(new) == test_file(old))


def _with_names(links: _Links, callables: Mapping[str, str], tests: Mapping[str, str]) -> _Links:
    return {(callables.get(name, name), tests.get(test, test)): link for (name, test), link in links.items()}


def _merged(
    base: Mapping[_K, _V], ours: Mapping[_K, _V], theirs: Mapping[_K, _V], join: Callable[[_V, _V], _V]
) -> dict[_K, _V]:
    found = {}
    for key in ours.keys() | theirs.keys():
        then, one, other = base.get(key), ours.get(key), theirs.get(key)
        kept = other if one == then else one if other == then else _joined(one, other, join)
        if kept is not None:
            found[key] = kept
    return found


def _joined(one: _V | None, other: _V | None, join: Callable[[_V, _V], _V]) -> _V | None:
    if one is None or other is None:
        return one if other is None else other
    return join(one, other)
