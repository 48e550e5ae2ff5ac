"""Reads Sphinx inventories: the names that a library's docs describe."""

import sys
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import msgspec

from ..errors import SettingsError
from ..files import read_bounded

__all__ = ["CALLABLE_ROLES", "Inventory", "read_inventories", "read_inventory"]

# Roles of Sphinx' Python domain whose entries can be exercised by a test.
CALLABLE_ROLES = frozenset(
    {
        "class",
        "classmethod",
        "decorator",
        "decoratormethod",
        "exception",
        "function",
        "method",
        "property",
        "staticmethod",
    }
)

# The parts that each entry has, besides the text that a link shows.
_FEWEST = 4
_HEADER = b"# Sphinx inventory version 2"
# Python's own has 0.2 MB, and 2 MB of text in it.
_LARGEST = 64 * 2**20


class Inventory(msgspec.Struct, frozen=True, dict=True):
    """The Python objects in Sphinx inventories.

    Attributes:
        entries: The documented objects by name, each with its role in Sphinx' Python domain:
            ``function``, ``method``, ``module``, …
        canonical: The documented name of each ``:canonical:`` name, and of each alias that
            mkdocstrings lists.
    """

    entries: Mapping[str, str]
    canonical: Mapping[str, str]

    @cached_property
    def callables(self) -> frozenset[str]:
        """The names of all functions, classes, methods and properties."""
        return frozenset(name for name, role in self.entries.items() if role in CALLABLE_ROLES)

    def lists(self, library: Collection[str]) -> bool:
        """Return whether it has callables of a *library*, given by the names of its packages."""
        return any(name.partition(".")[0] in library for name in self.callables)


def read_inventories(paths: Sequence[Path]) -> Inventory:
    """Return the union of the inventories at *paths*; the first to list a name wins.

    Raises:
        SettingsError: A file cannot be read, or is not an inventory.
    """
    entries: dict[str, str] = {}
    canonical: dict[str, str] = {}
    for inventory in map(read_inventory, reversed(paths)):
        entries.update(inventory.entries)
        canonical.update(inventory.canonical)
    return Inventory(entries, canonical)


def read_inventory(path: Path) -> Inventory:
    """Return the Python objects in the inventory (``objects.inv``, version 2) at *path*.

    Raises:
        SettingsError: The file cannot be read, or is not an inventory of that version.
    """
    entries: dict[str, str] = {}
    canonical: dict[str, str] = {}
    anchors: dict[str, str] = {}
    for line in _lines(path):
        # Name, role, priority, page and anchor. Names of the Python domain have no spaces; those of other
        # domains may.
        parts = line.split(None, 4)
        if len(parts) < _FEWEST or parts[1][:3] != "py:":
            continue
        name, anchor = parts[0], parts[3].rpartition("#")[2]
        if parts[2][0] == "-":
            canonical[name] = anchor.replace("$", name)
        else:
            entries[name] = sys.intern(parts[1][3:])
            if anchor != "$":
                anchors[name] = anchor
    # mkdocstrings also lists where an object is defined, such as `httpx._api.get`, at the anchor of the name
    # that the docs have for it.
    aliases = {name: anchor for name, anchor in anchors.items() if anchor != name and anchor in entries}
    documented = {name: role for name, role in entries.items() if name not in aliases}
    return Inventory(documented, aliases | canonical)


def _lines(path: Path) -> Iterator[str]:
    try:
        data = read_bounded(path, _LARGEST)
    except OSError as error:
        raise SettingsError(str(path), f"the inventory cannot be read: {error.strerror}") from error
    # Four lines of plain text, then the compressed entries.
    header, *_, body = (*data.split(b"\n", 4), b"")[:5]
    if header.rstrip() != _HEADER:
        raise SettingsError(str(path), "this is no Sphinx inventory of version 2")
    try:
        text = _decompressed(body).decode("utf-8")
    except (zlib.error, UnicodeDecodeError) as error:
        raise SettingsError(str(path), f"the inventory is damaged: {error}") from error
    yield from text.splitlines()


def _decompressed(body: bytes) -> bytes:
    """Return the decompressed *body*, if it is not larger than an inventory may be.

    Raises:
        zlib.error: It is damaged, or larger.
    """
    reader = zlib.decompressobj()
    found = reader.decompress(body, _LARGEST)
    if not reader.eof:
        raise zlib.error(f"it ends early, or has more than {_LARGEST >> 20} MiB")
    return found
