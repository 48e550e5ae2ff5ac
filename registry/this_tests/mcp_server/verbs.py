"""Runs the verbs of the command, and pytest, each in a process of its own.

So an answer is never older than the files, whatever is cached while one is worked out, and a request that is
cancelled ends its process.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import msgspec

from ..errors import ThisTestsError

__all__ = ["Reply", "Verbs", "run_pytest"]

_SECONDS = 300
_FAILED = 2
# As the command line of pytest has them for a terminal, without what repeats in each run.
_QUIET = ("-q", "--no-header", "--color=no")


@dataclass(frozen=True)
class Reply:
    """The answer of a verb.

    Attributes:
        data: Its JSON.
        notes: What it told besides, such as files that cannot be read.
    """

    data: Any
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Verbs:
    """The verbs of the command ``this-tests``, for one project.

    Attributes:
        root: The project's folder.
    """

    root: Path

    async def ask(self, verb: str, *words: str) -> Reply:
        """Return what a verb answers.

        Raises:
            ThisTestsError: It could not run; the message is its own. Or it took longer than five minutes.
        """
        output, told = await self._run(verb, *words, "--format", "json")
        return Reply(msgspec.json.decode(output), told)

    async def arguments(self, verb: str, *words: str) -> str:
        """Return the argument for pytest that a verb answers.

        Raises:
            ThisTestsError: As of `ask`.
        """
        output, _ = await self._run(verb, *words, "--format", "args")
        return output.decode().strip()

    async def _run(self, verb: str, *words: str) -> tuple[bytes, Sequence[str]]:
        # Files of the project must not be taken for modules of ours.
        command = [sys.executable, "-P", "-m", "this_tests", verb, *words]
        done = await _finished(command, self.root, _SECONDS)
        told = [line.removeprefix("this-tests: ") for line in _lines(done.stderr)]
        if not 0 <= done.returncode < _FAILED:
            raise ThisTestsError(told[-1] if told else f"this-tests {verb} ended with {done.returncode}")
        return done.stdout, told


async def run_pytest(root: Path, arguments: Sequence[str], seconds: float) -> tuple[int, str]:
    """Run pytest in a folder, and return its exit code and output.

    Raises:
        ThisTestsError: It took longer.
    """
    command = [sys.executable, "-m", "pytest", *_QUIET, *arguments]
    done = await _finished(command, root, seconds, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode(errors="replace")


async def _finished(
    command: Sequence[str], root: Path, seconds: float, stderr: int = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    try:
        with anyio.fail_after(seconds):
            return await anyio.run_process(
                command,
                cwd=root,
                check=False,
                stdin=subprocess.DEVNULL,
                stderr=stderr,
                env={**os.environ, "NO_COLOR": "1"},
            )
    except TimeoutError:
        raise ThisTestsError(f"it took longer than {seconds:g} seconds, and was stopped") from None


def _lines(output: bytes) -> Sequence[str]:
    return [line for line in output.decode(errors="replace").splitlines() if line.strip()]
