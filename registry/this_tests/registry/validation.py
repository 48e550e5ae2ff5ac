"""Explains in one line why and where a file is not a valid registry."""

import re
from pathlib import Path
from typing import Any

import msgspec

from ..errors import RegistryError
from .file_format import FORMAT, EntryInFile, RegistryFile, TestInFile
from .model import Link

__all__ = ["explained", "refuse_repetitions"]

_CONFLICT = re.compile(rb"^(?:<{7}|={7}|>{7})(?: .*)?$", re.MULTILINE)
# Where a file of a newer format breaks off, or cannot be read for another reason.
_FORMAT = re.compile(rb'\s*\{\s*"format"\s*:\s*(\d{1,9})\b')
_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"(\s*:)?|[{}]')
_NO_TESTS = b'"tests": {}\n}\n'
_STEP = re.compile(r"\.(?P<field>\w+)|(?P<key>\[\.\.\.\])")
_VALUES: dict[str, type[msgspec.Struct]] = {
    "callables": EntryInFile,
    "declared": Link,
    "examples": Link,
    "inferred": Link,
    "tests": TestInFile,
}
_LONGEST = 120


def explained(error: Exception, data: bytes, path: Path) -> RegistryError:
    """Return why *data*, read from *path*, is not a registry, after msgspec raised *error*."""
    if conflict := _CONFLICT.search(data):
        return RegistryError(
            path,
            "git conflict markers; merge the two sides, or delete the file and run pytest",
            place=_line_and_column(data, conflict.start()),
        )
    if (newer := _format_of(data)) not in (None, FORMAT):
        known = f"this version reads {FORMAT}"
        return RegistryError(
            path, f"format {_short(repr(newer))} is not known here ({known}); upgrade this-tests"
        )
    if isinstance(error, RecursionError):
        return RegistryError(path, "nested too deeply to be a registry")
    if (offset := _first_byte_of_no_text(data)) is not None:
        # msgspec does not give the place, and its words differ between releases.
        return RegistryError(path, "not UTF-8", place=_line_and_column(data, offset))
    reason, _, at = str(error).partition(" - at ")
    if byte := re.search(r"\(byte (\d+)\)", reason):
        return RegistryError(path, _short(reason), place=_line_and_column(data, int(byte[1])))
    return RegistryError(path, _short(reason), place=_with_keys(at.strip("`"), data))


def refuse_repetitions(data: bytes, path: Path, content: RegistryFile | None = None) -> None:
    """Refuse *data* if an object has a key twice: JSON parsers silently use the last one.

    Args:
        content: The decoded *data*. With it, most files are accepted quickly; a duplicate field
            inside of a link, which loses no evidence, is not detected then.

    Raises:
        RegistryError: A key is repeated; the error has the second place.
    """
    if content is not None and data.count(b"{") == _braces(content, data):
        return
    if again := _repetition(data):
        offset, key = again
        reason = f"the key {_short(repr(key))} is there twice in the same object"
        raise RegistryError(path, reason, place=_line_and_column(data, offset))


def _braces(content: RegistryFile, data: bytes) -> int:
    """Return the minimum number of objects in *data* that decodes to *content*.

    Decoding merges two objects of the same name, so a file with repetitions has more.
    """
    top = 2 + bool(content.tests) + data.endswith(_NO_TESTS)
    entries = content.callables.values()
    return top + len(content.tests) + len(entries) + sum(map(_braces_of, entries))


def _braces_of(entry: EntryInFile) -> int:
    by_kind = (entry.declared, entry.examples, entry.inferred)
    return sum(len(links) + 1 for links in by_kind if links)


def _repetition(data: bytes) -> tuple[int, str] | None:
    """Return the offset of the first repeated key in *data*, which is valid JSON, and the key."""
    around: list[set[str]] = []
    for token in _TOKEN.finditer(data):
        if token[0] == b"{":
            around.append(set())
        elif token[0] == b"}":
            around.pop()
        elif token[2]:
            key = msgspec.json.decode(b'"%s"' % token[1])
            if key in around[-1]:
                return token.start(), key
            around[-1].add(key)
    return None


def _first_byte_of_no_text(data: bytes) -> int | None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None


def _line_and_column(data: bytes, offset: int) -> str:
    before = data[:offset]
    return f"line {before.count(10) + 1}, column {offset - before.rfind(10)}"


class _FormatOnly(msgspec.Struct):
    format: Any = None


def _format_of(data: bytes) -> object:
    try:
        return msgspec.json.decode(data, type=_FormatOnly).format
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        head = _FORMAT.match(data)
        return None if head is None else int(head[1])


def _with_keys(at: str, data: bytes) -> str:
    """Return the path *at* with the keys for which msgspec writes ``[...]``."""
    try:
        return _spelled(at, data)
    except (KeyError, StopIteration, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return at


def _spelled(at: str, data: bytes) -> str:
    spelled, field, here, end = "$", "", msgspec.Raw(data), 1
    while step := _STEP.match(at, end):
        items = msgspec.json.decode(here, type=dict[str, msgspec.Raw])
        if step["key"]:
            key = next(key for key, value in items.items() if _is_bad(value, _VALUES[field]))
            spelled += f"[{_short(repr(key))}]"
        else:
            key = field = step["field"]
            spelled += step[0]
        here, end = items[key], step.end()
    return spelled + at[end:]


def _is_bad(value: msgspec.Raw, kind: type[msgspec.Struct]) -> bool:
    try:
        msgspec.json.decode(value, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return True
    return False


def _short(text: str) -> str:
    """Return *text* as a part of one line: shortened, with control characters escaped."""
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in cut)
