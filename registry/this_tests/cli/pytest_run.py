"""Runs of pytest that a subcommand makes."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["run_pytest"]


def run_pytest(
    arguments: Sequence[str], *, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> int:
    """Run pytest with all its output on stderr, since stdout is for the answer; return its exit status.

    All runs have the same ``PYTHONHASHSEED``, unless the user has set it.

    Args:
        environment: Further variables.
        folder: The working folder. Default: the current one.

    Raises:
        KeyboardInterrupt: The user has ended it; it has ended.
    """
    process = subprocess.Popen(  # noqa: S603  # pytest, with the user's own arguments
        [sys.executable, "-m", "pytest", *arguments],
        env={"PYTHONHASHSEED": "0", **os.environ, **(environment or {})},
        stdout=sys.stderr.fileno(),
        cwd=folder,
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        # The terminal interrupts pytest as well, which tears fixtures down. A second time ends it.
        try:
            process.wait()
        except KeyboardInterrupt:
            process.kill()
            process.wait()
        raise
