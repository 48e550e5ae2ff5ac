"""Adds settings to the table ``[tool.this-tests]`` of a pyproject.toml, whose other text stays as it is."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .edits import NotEditableError, newline_of

__all__ = ["Setting", "with_settings"]

Value = bool | str | tuple[str, ...]

_HEADER = re.compile(
    r"""^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*(?:this-tests|"this-tests"|'this-tests')[ \t]*\]  # the header
    [ \t]*(?:\#.*)?$\n?""",
    re.MULTILINE | re.VERBOSE,
)


@dataclass(frozen=True)
class Setting:
    """A setting that is to be added.

    Attributes:
        key: Its name in the table.
        value: Its value.
        comment: The line above it.
    """

    key: str
    value: Value
    comment: str

    def lines(self) -> list[str]:
        """Return its lines in the table."""
        # A string of JSON is one of TOML; a boolean is, too.
        return [f"# {self.comment}", f"{self.key} = {json.dumps(self.value, ensure_ascii=False)}"]


def with_settings(text: str, settings: Sequence[Setting]) -> str:
    """Return the *text* of a pyproject.toml with *settings* that it does not have.

    Raises:
        NotEditableError: It is not valid, or it writes the table in another form.
    """
    before = _parsed(text, settings)
    table = _table(before)
    missing = [setting for setting in settings if setting.key not in (table or {})]
    if not missing:
        return text
    lines = [line for setting in missing for line in setting.lines()]
    new = _appended(text, lines) if table is None else _extended(text, lines)
    if not _says(new, before, missing):
        raise NotEditableError("its table [tool.this-tests] is written in another form", *lines)
    return new


def _parsed(text: str, settings: Sequence[Setting]) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        lines = (line for setting in settings for line in setting.lines())
        raise NotEditableError(f"it is not valid: {error}", "[tool.this-tests]", *lines) from None


def _table(content: Mapping[str, Any]) -> Mapping[str, Any] | None:
    tool = content.get("tool")
    found = tool.get("this-tests") if isinstance(tool, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _appended(text: str, lines: Sequence[str]) -> str:
    newline = newline_of(text)
    end = "" if not text or text.endswith("\n") else newline
    between = newline if text.strip() else ""
    return text + end + between + "".join(f"{line}{newline}" for line in ["[tool.this-tests]", *lines])


def _extended(text: str, lines: Sequence[str]) -> str:
    found = _HEADER.search(text.replace("\r\n", " \n"))  # The same length, so that places stay.
    if found is None:
        return text
    newline = newline_of(text)
    head, tail = text[: found.end()], text[found.end() :]
    return (
        head + ("" if head.endswith("\n") else newline) + "".join(f"{line}{newline}" for line in lines) + tail
    )


def _says(text: str, before: dict[str, Any], added: Sequence[Setting]) -> bool:
    """Return whether *text* says what a file said *before*, and the settings, and nothing else."""
    try:
        after = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    tool = dict(before.get("tool", {}))
    values = {item.key: list(item.value) if isinstance(item.value, tuple) else item.value for item in added}
    tool["this-tests"] = {**tool.get("this-tests", {}), **values}
    return after == {**before, "tool": tool}
