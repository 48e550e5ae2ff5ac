"""The section of AGENTS.md, or a file like it, that tells coding agents which commands to ask."""

import re
from collections.abc import Iterator
from pathlib import Path

from .edits import NotEditableError, newline_of

__all__ = ["instruction_files", "with_section"]

_BEGIN, _END = "<!-- this-tests: begin -->", "<!-- this-tests: end -->"
_SECTION = f"""\
{_BEGIN}
## Which tests to run

this-tests knows which tests exercise which function; each run of `pytest` keeps that up to date.

- `this-tests affected`: the tests that an uncommitted change affects, the likeliest to fail first.
  `pytest $(this-tests affected --format args)` runs them.
- `this-tests tests-of NAME` or `this-tests tests-of FILE:LINE`: the tests that exercise a function.
- `this-tests callables-of TEST`: what a test exercises.
- `this-tests coverage`: the public functions, and how many of them no test exercises.

Each of them takes `--format json`. `this-tests mcp` answers the same questions as an MCP server.
{_END}
"""
_BETWEEN = re.compile(rf"{re.escape(_BEGIN)}.*?{re.escape(_END)}(?:\r?\n)?", re.DOTALL)
# Without it, Cursor does not know when to read the file.
_CURSOR_HEAD = """\
---
description: Which tests to run for a change
alwaysApply: true
---

"""


def instruction_files(root: Path) -> Iterator[Path]:
    """Yield the files for the section: those for agents that the project has, else AGENTS.md."""
    known = [path for name in ("AGENTS.md", "CLAUDE.md") if (path := root / name).is_file()]
    rules = root / ".cursor" / "rules"
    if not known and any(rules.glob("*.mdc")):
        yield rules / "this-tests.mdc"
        return
    yield from (path for path in known if not _reads_another(path, known[0]))
    if not known:
        yield root / "AGENTS.md"


def _reads_another(path: Path, first: Path) -> bool:
    """Return whether *path* is a link to the *first* file, or imports it."""
    if path == first:
        return False
    return path.samefile(first) or f"@{first.name}" in path.read_text(encoding="utf-8", errors="replace")


def with_section(text: str, path: Path) -> str:
    """Return the *text* of a file for agents with our section, in place of an earlier one.

    Raises:
        NotEditableError: One of the two comments around the section is missing.
    """
    newline = newline_of(text)
    section = _SECTION.replace("\n", newline)
    if (_BEGIN in text) != (_END in text):
        raise NotEditableError(
            "one of the two comments around the section is missing", *_SECTION.splitlines()
        )
    if _BETWEEN.search(text):
        return _BETWEEN.sub(lambda _: section, text, count=1)
    if not text and path.suffix == ".mdc":
        return _CURSOR_HEAD + section
    end = "" if not text or text.endswith("\n") else newline
    between = newline if text.strip() else ""
    return text + end + between + section
