"""Which pages must be written again: those that would show something else than the last build wrote."""

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

__all__ = ["Digests", "changed", "digest", "load", "save", "store", "written"]

Digests = Mapping[str, str]


def digest(shown: Iterable[object]) -> str:
    """Return a digest of what a page shows.

    Args:
        shown: Frozen values whose ``repr`` tells all of them.
    """
    return hashlib.sha256("\n".join(map(repr, shown)).encode("utf-8", "backslashreplace")).hexdigest()


def changed(old: Digests, new: Digests) -> set[str]:
    """Return the pages whose digests differ, those that gained or lost theirs included."""
    return {page for page in {*old, *new} if old.get(page) != new.get(page)}


def written(old: Digests, new: Digests, pages: Collection[str]) -> dict[str, str]:
    """Return the digests of what is on disk after a build that wrote *pages* and left the others."""
    on_disk = {page: value for page, value in old.items() if page not in pages}
    return on_disk | {page: value for page, value in new.items() if page in pages}


def store(doctreedir: Path, builder: str, outdir: Path) -> Path:
    """Return the file that keeps the digests of one builder's output folder."""
    place = hashlib.sha256(str(outdir).encode()).hexdigest()[:12]
    return doctreedir / f"this_tests-{builder}-{place}.json"


def load(path: Path) -> dict[str, str]:
    """Return the digests of the last build; none where it left none, or none that can be read."""
    with suppress(OSError, ValueError):
        found = json.loads(path.read_bytes())
        if isinstance(found, dict):
            return {str(page): str(value) for page, value in found.items()}
    return {}


def save(path: Path, digests: Digests) -> None:
    """Keep the digests of this build; a build that is cut short must leave the old ones."""
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_text(json.dumps(dict(sorted(digests.items()))), encoding="utf-8")
    beside.replace(path)
