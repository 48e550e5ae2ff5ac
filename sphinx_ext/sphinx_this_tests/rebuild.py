"""Which pages must be written again: those that would show something else than the last build wrote."""

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Digests", "Store", "changed", "digest", "load", "save", "store", "written"]

Digests = Mapping[str, str]


@dataclass(frozen=True)
class Store:
    """What the pages on disk show.

    Attributes:
        pages: The digest of each page that shows anything.
        fingerprint: The digest of all that the pages were made of; empty where some are not
            what they should be.
        own: The digest of each page that is ours as a whole.
    """

    pages: Digests = field(default_factory=dict)
    fingerprint: str = ""
    own: Digests = field(default_factory=dict)


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
    return Store(on_disk, new.fingerprint if on_disk == new.pages else "", new.own)


def store(doctreedir: Path, builder: str, outdir: Path) -> Path:
    """Return the file that keeps the digests of one builder's output folder."""
    place = hashlib.sha256(str(outdir).encode()).hexdigest()[:12]
    return doctreedir / f"this_tests-{builder}-{place}.json"


def load(path: Path) -> Store:
    """Return what the last build left; nothing where it left none, or none that can be read."""
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
        found = json.loads(path.read_bytes())
        pages, own = (
            {str(page): str(value) for page, value in found[part].items()} for part in ("pages", "own")
        )
        return Store(pages, str(found["fingerprint"]), own)
    return Store()


def save(path: Path, kept: Store) -> None:
    """Keep what this build left; a build that is cut short must leave the old one."""
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    content = {"fingerprint": kept.fingerprint, "own": kept.own, "pages": kept.pages}
    beside.write_text(json.dumps(content, sort_keys=True), encoding="utf-8")
    beside.replace(path)
