"""What the parts of the run share: one figure each, and the programs that they start."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Figure", "call", "table"]

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        good: Whether it is as promised; None where it could not be measured here.
    """

    what: str
    value: str
    good: bool | None = True


def call(command: Sequence[str], cwd: Path | str = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """Run *command*, by default from the root, and return how it ended and what it said."""
    environment = {**os.environ, **env}
    return subprocess.run(command, cwd=cwd, env=environment, text=True, capture_output=True, check=False)


def table(figures: Sequence[Figure]) -> str:
    """Return *figures* as lines of text."""
    words = {True: "", False: "   MISSED", None: "   not measured"}
    width = max(len(each.what) for each in figures)
    return "\n".join(f"{each.what:{width}}  {each.value}{words[each.good]}" for each in figures)
