"""Turns likely links into inferred evidence in the registry."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from ..registry.model import Entry, Link, Registry, merge, test_file
from .public_names import PublicName, PublicNames
from .score import LikelyLink

__all__ = ["Inferred", "inferred", "with_inferred"]

Inferred = tuple[LikelyLink, PublicName]


def inferred(links: Iterable[LikelyLink], names: PublicNames, *, private: bool) -> list[Inferred]:
    """Return the links with the public names of their functions, in the order given.

    Args:
        private: Whether links to private functions are kept.
    """
    named = [(link, names.of(link.function)) for link in links]
    return [(link, name) for link, name in named if private or name.is_public]


def with_inferred(registry: Registry, links: Sequence[Inferred], files: Collection[str]) -> Registry:
    """Return the registry with *links* in place of all that was inferred from *files* before.

    A callable that the registry knows under another name keeps that name.
    """
    found: dict[str, dict[str, Link]] = {}
    for link, name in links:
        links_of_name = found.setdefault(_known_name(registry, name), {})
        links_of_name.setdefault(link.node_id, Link(receiver=name.receiver))
    entries = {name: Entry(inferred=tests) for name, tests in found.items()}
    return merge(_without(registry, files), Registry(callables=entries))


def _known_name(registry: Registry, name: PublicName) -> str:
    known = (found for path in (name.name, *name.aliases) for found in registry.names(path))
    return next(known, name.name)


def _without(registry: Registry, files: Collection[str]) -> Registry:
    """Return the registry without what was inferred from *files*."""
    entries = {name: _entry_without(entry, files) for name, entry in registry.callables.items()}
    callables: Mapping[str, Entry] = {name: entry for name, entry in entries.items() if entry}
    linked = Registry(callables=callables, tests=registry.tests).linked_tests()
    tests = {test: info for test, info in registry.tests.items() if test in linked}
    return replace(registry, callables=callables, tests=tests)


def _entry_without(entry: Entry, files: Collection[str]) -> Entry:
    inferred = {test: link for test, link in entry.inferred.items() if test_file(test) not in files}
    return Entry(entry.declared, entry.observed, inferred)
