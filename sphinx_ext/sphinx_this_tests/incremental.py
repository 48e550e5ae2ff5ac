"""Which pages must be written again: those that would show something else than the last build wrote."""

import hashlib
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from this_tests.support import atomic_write

__all__ = ["Digests", "Listed", "Store", "Told", "changed", "digest", "load", "save", "store", "written"]

Digests = dict[str, str]
# A place as other projects refer to it: its node id, its kind, its page, its anchor.
Listed = tuple[str, str, str, str]


@dataclass(frozen=True)
class Told:
    """What each build says again, and a build with nothing to do takes from the last one.

    Attributes:
        files: The files that decide, by what they hold, what is shown.
        sources: Those of the library that do, too: where classes and re-exports are told.
        undocumented: The registry's callables that no page describes.
        unplaced: The documented objects with tests that have no place to show them.
        listed: What other projects can refer to, sorted.
        index: The columns of the tests in the general index, as HTML.
        indexed: How many entries they have.
    """

    files: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    undocumented: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()
    listed: tuple[Listed, ...] = ()
    index: tuple[str, ...] = ()
    indexed: int = 0


@dataclass(frozen=True)
class Store:
    """What the pages on disk show.

    Attributes:
        pages: The digest of each page that shows anything.
        fingerprint: The digest of all that the pages were made of; empty where some are not
            what they should be.
        own: The digest of each page that is ours as a whole.
        told: What belongs to the fingerprint.
    """

    pages: Digests = field(default_factory=dict)
    fingerprint: str = ""
    own: Digests = field(default_factory=dict)
    told: Told = field(default_factory=Told)


def digest(shown: Iterable[object]) -> str:
    """Return a digest of what a page shows.

    Args:
        shown: Frozen values whose ``repr`` tells all of them.
    """
    return hashlib.sha256("\n".join(map(repr, shown)).encode("utf-8", "backslashreplace")).hexdigest()


def changed(old: Digests, new: Digests) -> set[str]:
    """Return the pages whose digests differ, those that gained or lost theirs included."""
    return {page for page in {*old, *new} if old.get(page) != new.get(page)}


def written(old: Store, new: Store, pages: Collection[str]) -> Store:
    """Return what is on disk after a build that wrote *pages* and left the others."""
    on_disk = {page: value for page, value in old.pages.items() if page not in pages}
    on_disk |= {page: value for page, value in new.pages.items() if page in pages}
    is_all = bool(new.fingerprint) and on_disk == new.pages
    return Store(on_disk, new.fingerprint if is_all else "", new.own, new.told if is_all else Told())


def store(doctreedir: Path, builder: str, outdir: Path) -> Path:
    """Return the file that keeps the digests of one builder's output folder."""
    place = hashlib.sha256(str(outdir).encode()).hexdigest()[:12]
    return doctreedir / f"this_tests-{builder}-{place}.json"


def load(path: Path) -> Store:
    """Return what the last build left; nothing where it left none, or none that can be read."""
    with suppress(OSError, msgspec.MsgspecError, ValueError):
        return msgspec.json.decode(path.read_bytes(), type=Store)
    return Store()


def save(path: Path, kept: Store) -> None:
    """Keep what this build left; a build that is cut short must leave the old one."""
    atomic_write(path, msgspec.json.encode(kept, order="deterministic"))
