"""Shipped suites of real projects, with us and without: the same outcome of each test."""

import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

from report import Figure, call

__all__ = ["compared"]

_LONG = 1_200  # seconds for one suite
SUITES = ("einops", "networkx", "skorch")
# einops asks for its frameworks to be named.
_ENVIRONMENT = ("env", "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1", "EINOPS_TEST_BACKENDS=numpy")
_PYTEST = (
    "-q",
    "--continue-on-collection-errors",  # Of skorch, one file needs more than skorch.
    "-k",
    "not test_fit_lbfgs_optimizer",  # Of skorch: it takes the time for its seed, and one in three fails.
    "-p",
    "this_tests",
    "-p",
    "no:cacheprovider",
    "-c",
    "/dev/null",
    "--rootdir",
    ".",
    "--pyargs",
)


def compared(python: str) -> list[Figure]:
    """Return a figure for each suite that *python* has installed."""
    return [_compared(python, name) for name in SUITES]


def _compared(python: str, name: str) -> Figure:
    what = f"{name}: outcomes that differ with us, observing"
    if call([python, "-c", f"import {name}"]).returncode:
        return Figure(what, "not installed", None)
    bare, ours = (_outcomes(python, name, *args) for args in (("-p", "no:this_tests"), _observing(name)))
    differing = [test for test in bare.keys() | ours.keys() if bare.get(test) != ours.get(test)]
    for test in sorted(differing)[:20]:
        print(f"  {test}: {bare.get(test)} without us, {ours.get(test)} with us")
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in sorted(Counter(bare.values()).items()))
    # A suite that mostly fails, or is not found, says little.
    ran = sum(outcome == "passed" for outcome in bare.values()) > len(bare) / 2
    return Figure(what, f"{len(differing)} of {len(bare)} ({outcomes})", not differing and ran)


def _observing(name: str) -> tuple[str, ...]:
    return ("--this-tests-observe", "-o", f"this_tests_library={name}", "--this-tests-missing=ignore")


def _outcomes(python: str, name: str, *args: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        done = call(
            [*_ENVIRONMENT, python, "-m", "pytest", *_PYTEST, name, f"--junitxml={report}", *args],
            cwd=folder,
            limit=_LONG,
        )
        if not report.exists():
            print(done.stdout[-2000:], done.stderr[-2000:])
            return {}
        return {_name(case): _outcome(case) for case in ET.parse(report).iter("testcase")}


def _name(case: ET.Element) -> str:
    return f"{case.get('classname')}::{case.get('name')}"


def _outcome(case: ET.Element) -> str:
    kinds = sorted({element.tag for element in case if element.tag in ("failure", "error", "skipped")})
    return " ".join(kinds) or "passed"
