"""The format of ``test_registry.json``, as types and as a JSON Schema."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from .model import Link

__all__ = ["FORMAT", "EntryInFile", "RegistryFile", "TestInFile", "json_schema"]

FORMAT: Final = 1


class EntryInFile(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the file says of a callable: its links, by node id.

    Attributes:
        declared: The declared links.
        examples: Some observed links; only in an exported file.
        more: Whether further tests were observed to execute it; only in an exported file.
        inferred: The inferred links; only in an exported file.
    """

    declared: Mapping[str, Link] = {}
    examples: Mapping[str, Link] = {}
    more: bool = False
    inferred: Mapping[str, Link] = {}


class TestInFile(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """What the file says of a test: its markers that the setting ``markers`` lists, sorted."""

    # Keeps pytest from collecting the class because of its name.
    __test__ = False

    markers: tuple[str, ...] = ()


class RegistryFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of ``test_registry.json``.

    Attributes:
        format: The version of the file format.
        callables: By canonical name.
        tests: The tests with markers, by node id.
    """

    format: Literal[1] = FORMAT
    callables: Mapping[str, EntryInFile] = {}
    tests: Mapping[str, TestInFile] = {}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the file."""
    schema = msgspec.json.schema(RegistryFile)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "test_registry.json",
        "description": "Which tests exercise which callables, written by this-tests.",
    }
    # As JSON has it: with lists in the place of tuples.
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(head | schema))
    return found
