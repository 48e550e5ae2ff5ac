"""What the parts of the run share: one figure each, and the programs that they start."""

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Figure", "call", "table"]

ROOT = Path(__file__).parents[2]
_GRACE = 20.0


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        good: Whether it is as promised; None where it could not be measured here.
    """

    what: str
    value: str
    good: bool | None = True


def call(
    command: Sequence[str], cwd: Path | str = ROOT, *, limit: float = 600, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run *command*, by default from the root, and return how it ended and what it said.

    What takes longer than *limit* seconds is killed with all that it started, and has failed.
    """
    with subprocess.Popen(
        command, cwd=cwd, env={**os.environ, **env}, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            output, errors = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            output, errors = _ended(process)
            errors += f"\nnot ended after {limit:g} s: {' '.join(command)}\n"
        except BaseException:
            _ended(process)
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def _ended(process: subprocess.Popen[str]) -> tuple[str, str]:
    """End *process* and its group, kindly at first, and return what it said."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        return process.communicate(timeout=_GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()


def table(figures: Sequence[Figure]) -> str:
    """Return *figures* as lines of text."""
    words = {True: "", False: "   MISSED", None: "   not measured"}
    width = max(len(figure.what) for figure in figures)
    return "\n".join(f"{figure.what:{width}}  {figure.value}{words[figure.good]}" for figure in figures)
