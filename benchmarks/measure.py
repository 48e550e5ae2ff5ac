"""Measurements for the benchmarks: ratios of alternating runs, never absolute times."""

import os
import resource
import subprocess
import sys
import timeit
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

__all__ = ["alternating", "child_seconds", "per_call", "tell"]


def alternating(measured: Callable[[], float], bare: Callable[[], float], rounds: int) -> float:
    """Return the median ratio of *measured* to *bare*, taken in pairs of alternating order.

    On a shared machine the speed drifts; two runs side by side drift together.
    """
    ratios = []
    for number in range(rounds):
        first, second = (measured, bare) if number % 2 else (bare, measured)
        one, two = first(), second()
        ratios.append(one / two if number % 2 else two / one)
    return median(ratios)


def per_call(function: Callable[[], object]) -> float:
    """Return the seconds that one call of *function* takes, the best of three series."""
    timer = timeit.Timer(function)
    calls, _ = timer.autorange()
    return min(timer.repeat(repeat=3, number=calls)) / calls


def child_seconds(arguments: Sequence[str], cwd: Path, **environment: str) -> float:
    """Return the CPU seconds, user and system, that Python takes with *arguments*.

    Raises:
        subprocess.CalledProcessError: It fails; the time of a failing run is meaningless.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def tell(what: str, ratio: float, goal: str, *, good: bool) -> None:
    """Print a ratio with its goal."""
    print(f"{what:62} {ratio:8.2f}   goal {goal}{'' if good else '   MISSED'}")
