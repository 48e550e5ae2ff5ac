"""Mutation testing of the selection by changes: do the selected tests find all faults that the suite finds?

Each mutant of einops and NetworkX is tested twice: by the tests that ``--this-tests-changed``
selects, and, if these find nothing, by all. A mutant that only the full suite finds has escaped, and
fails the benchmark.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import mutants
import numpy as np  # noqa: F401  # a child takes it from here
import pytest

import this_tests.pytest_plugin  # noqa: F401  # a child takes it from here

SEED, SECONDS = 0, 120
COMMON = ["-q", "-p", "no:randomly", "-p", "no:cov", "--this-tests-missing=ignore"]
HEADLINE = re.compile(r"^this-tests: ([\d,]+) of ([\d,]+) tests?, (.*)$", re.MULTILINE)
KILLED = {pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR}


@dataclass(frozen=True)
class Suite:
    """A library with the tests that it ships.

    Attributes:
        mutated: The files and folders of the package to mutate.
        tests: The arguments of pytest.
        mutants: The number of mutants in the bodies of functions.
        outside: The number of mutants outside of them: of what happens at import.
    """

    name: str
    mutated: Sequence[str]
    tests: Sequence[str]
    mutants: int
    outside: int


SUITES = (
    Suite("einops", ("einops",), ("einops/tests",), 190, 60),
    Suite(
        "networkx",
        (
            "networkx/classes",
            "networkx/algorithms/components",
            "networkx/algorithms/dag.py",
            "networkx/utils/decorators.py",
            "networkx/utils/misc.py",
        ),
        (
            "networkx/classes/tests",
            "networkx/algorithms/components/tests",
            "networkx/algorithms/tests/test_dag.py",
            "networkx/utils/tests/test_decorators.py",
            "networkx/utils/tests/test_misc.py",
        ),
        120,
        230,
    ),
)


@dataclass(frozen=True)
class Mutant:
    """One fault."""

    path: str
    name: str
    outside: bool
    source: Callable[[], str] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.name}"


@dataclass(frozen=True)
class Verdict:
    """The fate of a mutant: ``killed``, ``survived`` all tests, or ``escaped`` only the selected ones."""

    mutant: Mutant
    fate: str
    chosen: int
    total: int
    why: str
    seconds: float


class Copy:
    """A library in a folder of its own, under git, whose tests were observed."""

    def __init__(self, suite: Suite, folder: Path) -> None:
        self.suite, self.folder, self.tests = suite, folder, 0
        spec = find_spec(suite.name)
        assert spec is not None
        assert spec.origin is not None
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(spec.origin).parent, folder / suite.name, ignore=ignored)
        self._configure()
        git(folder, "init", "-q")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "As it is shipped")

    def _configure(self) -> None:
        table = f'[tool.this-tests]\nlibrary = ["{self.suite.name}"]\n\n[tool.pytest.ini_options]\n'
        (self.folder / "pyproject.toml").write_text(table)
        (self.folder / ".gitignore").write_text("__pycache__/\n.pytest_cache/\n/out-*\n/test_registry.json\n")

    def observe(self) -> str:
        """Observe all tests, and return the last lines of the run."""
        code, output = self.run("--this-tests-observe")
        if code:
            sys.exit(f"the tests of {self.suite.name} fail as they are:\n{output[-3000:]}")
        summary = " ".join(output.splitlines()[-1:])
        self.tests = sum(int(count) for count in re.findall(r"(\d+) (?:passed|skipped|xfailed)", summary))
        return summary

    def run(self, *arguments: str, observe: bool = True) -> tuple[int, str]:
        """Run pytest in a fork of this process, which has imported pytest, but no library."""
        out = self.folder / f"out-{os.getpid()}"
        flags = [] if observe else ["--no-this-tests-observe", f"--this-tests-registry={out}.json"]
        child = os.fork()
        if child == 0:
            self._be_child(out, [*COMMON, *flags, *arguments, *self.suite.tests])
        code = _waited(child, SECONDS if not observe else 10 * SECONDS)
        return code, out.read_text(errors="replace")

    def _be_child(self, out: Path, arguments: list[str]) -> None:
        os.setsid()
        os.chdir(self.folder)
        target = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(target, stream)
        sys.path.insert(0, str(self.folder))
        sys.dont_write_bytecode = "--this-tests-observe" not in arguments
        os.environ["EINOPS_TEST_BACKENDS"] = "numpy"
        code = 99
        try:
            code = int(pytest.main(arguments))
        finally:
            sys.stdout.flush()
            os._exit(code)

    def judge(self, mutant: Mutant) -> Verdict:
        """Test one mutant."""
        begin = time.perf_counter()
        path = self.folder / mutant.path
        source, stat = path.read_text(), path.stat()
        try:
            path.write_text(mutant.source())
            # Bytecode is validated by size and second only.
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000_000))
            return self._judged(mutant, begin)
        finally:
            path.write_text(source)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def _judged(self, mutant: Mutant, begin: float) -> Verdict:
        code, output = self.run("--this-tests-changed", "-x", observe=False)
        headline = HEADLINE.search(output)
        chosen, total = (
            (int(count.replace(",", "")) for count in headline.groups()[:2])
            if headline
            else (self.tests, self.tests)
        )
        why = headline[3] if headline else f"exit code {code}: {output[-300:]}"
        fate = "killed" if _kills(code) else "survived"
        if fate == "survived" and (chosen < total or not headline):
            code, _ = self.run("-x", observe=False)
            fate = "escaped" if _kills(code) else "survived"
        return Verdict(mutant, fate, chosen, total, why, time.perf_counter() - begin)


def _kills(code: int) -> bool:
    return code in KILLED or code < 0 or code == pytest.ExitCode.USAGE_ERROR


def _waited(child: int, seconds: float) -> int:
    """Return the exit code of *child*; minus nine if it timed out."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -9


def git(folder: Path, *arguments: str) -> None:
    """Run git with an identity of its own."""
    identity = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@example.org", "-c", "gc.auto=0"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def all_mutants(copied: Copy) -> Iterator[Mutant]:
    """Yield all possible mutants."""
    for place in copied.suite.mutated:
        folder = copied.folder / place
        for path in sorted(folder.rglob("*.py")) if folder.is_dir() else [folder]:
            name = path.relative_to(copied.folder).as_posix()
            if "/tests/" not in name:
                yield from (Mutant(name, *found) for found in mutants.mutants(path.read_text()))


def tell(verdicts: Sequence[Verdict], what: str) -> None:
    """Print a summary of *verdicts*."""
    fates = {
        fate: [verdict for verdict in verdicts if verdict.fate == fate]
        for fate in ("killed", "survived", "escaped")
    }
    saved = 1 - sum(verdict.chosen for verdict in verdicts) / max(
        1, sum(verdict.total for verdict in verdicts)
    )
    confined = [verdict for verdict in verdicts if verdict.chosen < verdict.total]
    saved_there = 1 - sum(verdict.chosen for verdict in confined) / max(
        1, sum(verdict.total for verdict in confined)
    )
    print(
        f"{what}: {len(verdicts)} mutants: {len(fates['killed'])} killed by the chosen tests, "
        f"{len(fates['survived'])} survived all tests, {len(fates['escaped'])} escaped; "
        f"{saved:.1%} of the tests saved; {len(confined)} mutants confined, there {saved_there:.1%}"
    )
    for verdict in fates["escaped"]:
        print(f"  escaped: {verdict.mutant}: {verdict.chosen} of {verdict.total} tests, {verdict.why}")


def sample(suite: Suite, found: Sequence[Mutant], given: argparse.Namespace) -> list[Mutant]:
    """Return as many mutants as wanted: first those in the bodies of functions, then those outside."""
    chosen = []
    for outside, wanted in ((False, suite.mutants), (True, suite.outside)):
        some = [mutant for mutant in found if mutant.outside is outside]
        number = min(wanted if given.mutants is None else given.mutants, len(some))
        chosen += random.Random(given.seed).sample(some, number)
    return chosen


def measure(suite: Suite, folder: Path, given: argparse.Namespace) -> list[Verdict]:
    """Make mutants of a library, and test them."""
    copied = Copy(suite, folder)
    print(f"{suite.name}: {copied.observe()}", flush=True)
    verdicts = []
    for mutant in sample(suite, list(all_mutants(copied)), given)[given.skip :]:
        verdict = copied.judge(mutant)
        verdicts.append(verdict)
        if given.verbose or verdict.fate == "escaped":
            share = f"{verdict.chosen}/{verdict.total}"
            print(
                f"{verdict.fate:8} {share:>9} {verdict.seconds:5.1f} s  {mutant}  [{verdict.why}]", flush=True
            )
    for outside, what in ((False, "in functions"), (True, "at import")):
        tell([verdict for verdict in verdicts if verdict.mutant.outside is outside], f"{suite.name}, {what}")
    return verdicts


def main() -> None:
    """Print the fates, and fail if a mutant escaped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", "--mutants", type=int, help="number for each library and kind")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--skip", type=int, default=0, help="skip this many, to continue an interrupted run")
    parser.add_argument("--only", choices=[suite.name for suite in SUITES])
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each mutant")
    given = parser.parse_args()
    verdicts = []
    for suite in SUITES:
        if given.only in (None, suite.name):
            with tempfile.TemporaryDirectory() as name:
                verdicts += measure(suite, Path(name), given)
    tell(verdicts, "all")
    sys.exit(any(verdict.fate == "escaped" for verdict in verdicts))


if __name__ == "__main__":
    main()
