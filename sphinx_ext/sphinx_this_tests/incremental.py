"""Incremental builds: decides which pages to write again, by digests of what they show."""

import hashlib
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from this_tests.support import atomic_write

__all__ = [
    "BuildResults",
    "Digests",
    "Listed",
    "Store",
    "changed",
    "digest",
    "load",
    "save",
    "store",
    "written",
]

Digests = dict[str, str]
# An entry of objects.inv: node id, kind, page, anchor.
Listed = tuple[str, str, str, str]


@dataclass(frozen=True)
class BuildResults:
    """Results of a build that the next one takes over if nothing changed.

    Attributes:
        files: The test files whose content decides what is shown.
        sources: The files of the library that do so, too: those with classes and re-exports.
        undocumented: The callables in the registry that no page describes.
        unplaced: The documented objects with tests whose section is on no page.
        unpinned: The tests that the setting ``this_tests_first`` names and nothing knows.
        listed: The tests for objects.inv, which other projects can refer to, sorted.
        index: The columns of the tests in the general index, as HTML.
        indexed: How many entries the columns have.
    """

    files: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    undocumented: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()
    unpinned: tuple[str, ...] = ()
    listed: tuple[Listed, ...] = ()
    index: tuple[str, ...] = ()
    indexed: int = 0


@dataclass(frozen=True)
class Store:
    """What the pages on disk show.

    Attributes:
        pages: The digest of each page that shows anything.
        fingerprint: The digest of all inputs of the pages; empty if some pages are out of date.
        own: The digest of each generated page.
        results: Further results for the same fingerprint.
    """

    pages: Digests = field(default_factory=dict)
    fingerprint: str = ""
    own: Digests = field(default_factory=dict)
    results: BuildResults = field(default_factory=BuildResults)


def digest(shown: Iterable[object]) -> str:
    """Return a digest of what a page shows.

    Args:
        shown: Frozen values with a complete ``repr``.
    """
    return hashlib.sha256("\n".join(map(repr, shown)).encode("utf-8", "backslashreplace")).hexdigest()


def changed(old: Digests, new: Digests) -> set[str]:
    """Return the pages whose digests differ, including pages that are new or gone."""
    return {page for page in {*old, *new} if old.get(page) != new.get(page)}


def written(old: Store, new: Store, pages: Collection[str]) -> Store:
    """Return what is on disk after a build that wrote *pages* and no others."""
    on_disk = {page: value for page, value in old.pages.items() if page not in pages}
    on_disk |= {page: value for page, value in new.pages.items() if page in pages}
    is_all = bool(new.fingerprint) and on_disk == new.pages
    return Store(
        on_disk, new.fingerprint if is_all else "", new.own, new.results if is_all else BuildResults()
    )


def store(doctreedir: Path, builder: str, outdir: Path) -> Path:
    """Return the path of the store for one builder's output folder."""
    place = hashlib.sha256(str(outdir).encode()).hexdigest()[:12]
    return doctreedir / f"this_tests-{builder}-{place}.json"


def load(path: Path) -> Store:
    """Return what the last build saved; an empty store if there is none, or it cannot be read."""
    with suppress(OSError, msgspec.MsgspecError, ValueError):
        return msgspec.json.decode(path.read_bytes(), type=Store)
    return Store()


def save(path: Path, kept: Store) -> None:
    """Save the store atomically: a build that is interrupted must leave the old one."""
    atomic_write(path, msgspec.json.encode(kept, order="deterministic"))
