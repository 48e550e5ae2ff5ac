"""Does the test that notices a mistake stand at the top of `this-tests affected`?

    python benchmarks/affected_order.py CHECKOUT SOURCE… [-n MUTANTS] [--seed N] [--compare]

CHECKOUT holds a library with its tests, after a run with `pytest --this-tests-observe` there and without
changes since. Mistakes are made one at a time in the bodies of functions below SOURCE. For each, the tests
that `this-tests affected` lists are run: the first three by themselves, and if these notice nothing, all.

Printed is, of the mutants that any listed test notices, the share where one is among the first, and among the
first three; and how many tests are listed in the mean. That no other test would notice is for mutation.py.

--compare tells instead for how many mutants `pytest --this-tests-changed` selects other tests than these.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import mutants

FIRST = 3
SECONDS = 300
PYTEST = ("-m", "pytest", "-q", "-x", "--no-header", "-p", "no:randomly", "-p", "no:cacheprovider", "--tb=no")
COLLECT = ("-m", "pytest", "-q", "--collect-only", "--no-header", "-p", "no:randomly", "--this-tests-changed")
FLAGS = ("--no-this-tests-observe", "--this-tests-missing=ignore", "-o", "addopts=")

Mutant = tuple[Path, str, Callable[[], str]]


@dataclass(frozen=True)
class Verdict:
    """What the listed tests say of a mutant.

    Attributes:
        place: The place of the first test that notices it, from 1, or 4 if it is a later one; 0 if none does.
        listed: The number of listed tests.
    """

    place: int
    listed: int


class Checkout:
    """A library with its tests, observed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Tests that fail without a mistake, among others, are listed where nothing changed.
        self._always = frozenset(self._affected())

    def mutants(self, sources: Sequence[str]) -> Iterator[Mutant]:
        """Yield the file, the name and the source of each mutant of the body of a function."""
        for source in sources:
            place = self._folder / source
            for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
                if "tests" not in path.parts:
                    for name, outside, mutated in mutants.mutants(path.read_text(encoding="utf-8")):
                        if not outside:
                            yield path, name, mutated

    @contextmanager
    def changed(self, path: Path, source: str) -> Iterator[None]:
        """Let a file have another content for a while."""
        before = path.read_bytes()
        try:
            path.write_text(source, encoding="utf-8")
            shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)
            yield
        finally:
            path.write_bytes(before)
            shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)

    def judge(self) -> Verdict:
        """Return what the listed tests say of a mutant."""
        tests = [test for test in self._affected() if test not in self._always]
        return Verdict(self._place(tests), len(tests))

    def differences(self) -> set[str]:
        """Return the tests, and cases of tests, that are either listed or selected by pytest."""
        listed = set(self._affected())
        lines = self._run(*COLLECT, *FLAGS).stdout.splitlines()
        cases = [line for line in lines if "::" in line and not line.startswith("this-tests:")]
        # A test is listed for all of its cases.
        return listed ^ {case if case in listed else case.partition("[")[0] for case in cases}

    def _place(self, tests: Sequence[str]) -> int:
        for place, test in enumerate(tests[:FIRST], 1):
            if self._notices([test]):
                return place
        return FIRST + 1 if tests[FIRST:] and self._notices(tests[FIRST:]) else 0

    def _affected(self) -> Sequence[str]:
        done = self._run("-m", "this_tests", "affected", "--format", "json")
        return [test["test"] for test in json.loads(done.stdout)["tests"]]

    def _notices(self, tests: Sequence[str]) -> bool:
        arguments = self._folder / "test_observations" / "order.args"
        arguments.write_text("".join(f"{test}\n" for test in tests), encoding="utf-8")
        try:
            # 5: each is skipped at collection.
            return self._run(*PYTEST, *FLAGS, f"@{arguments}").returncode not in (0, 5)
        except subprocess.TimeoutExpired:
            return True

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self._folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )


def compare(checkout: Checkout, chosen: Sequence[Mutant]) -> None:
    """Print for how many mutants the command and pytest differ."""
    others = 0
    for path, name, mutated in chosen:
        with checkout.changed(path, mutated()):
            if different := checkout.differences():
                others += 1
                print(f"{path.name}:{name}: {', '.join(sorted(different)[:FIRST])}", flush=True)
    print(f"{others} of {len(chosen)} mutants have other tests")


def judge(checkout: Checkout, chosen: Sequence[Mutant]) -> None:
    """Print where the tests stand that notice."""
    verdicts = []
    for path, name, mutated in chosen:
        with checkout.changed(path, mutated()):
            verdict = checkout.judge()
        verdicts.append(verdict)
        print(f"{verdict.place:2} {verdict.listed:5}  {path.name}:{name}", flush=True)
    noticed = [verdict for verdict in verdicts if verdict.place]
    for most in (1, FIRST):
        share = sum(verdict.place <= most for verdict in noticed) / max(1, len(noticed))
        print(f"among the first {most}: {share:.1%} of {len(noticed)} of {len(verdicts)} mutants")
    print(f"listed in the mean: {sum(verdict.listed for verdict in noticed) / max(1, len(noticed)):.1f}")


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkout", nargs="?", type=Path)
    parser.add_argument("source", nargs="*")
    parser.add_argument("-n", "--mutants", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--compare", action="store_true")
    options = parser.parse_args()
    if not options.source:
        parser.print_usage()
        return
    checkout = Checkout(options.checkout)
    found = list(checkout.mutants(options.source))
    chosen = random.Random(options.seed).sample(found, min(options.mutants, len(found)))
    (compare if options.compare else judge)(checkout, chosen)


if __name__ == "__main__":
    main()
