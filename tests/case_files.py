"""Text files that hold several files each: the input and the expected output of a test."""

import re
from pathlib import Path

_HEADING = re.compile(r"^--- (\S+)\n", re.MULTILINE)


def files_of(case: Path) -> dict[str, str]:
    """Return the files that a text file holds, by their paths: each follows a line ``--- path``."""
    _, *parts = _HEADING.split(case.read_text(encoding="utf-8"))
    return dict(zip(parts[::2], parts[1::2], strict=True))
