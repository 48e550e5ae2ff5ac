"""Observing against the bare run, coverage with contexts and testmon, on the tests of other projects.

NetworkX and einops ship their tests. Each tool runs the same ones, in turn with the bare run, in a
folder of its own; what is compared is CPU time, user and system, and the greatest memory.

    python benchmarks/observe.py [--rounds 3] [--only everyday]
"""

import argparse
import importlib.util
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

GOAL = 1.05


@dataclass(frozen=True)
class Suite:
    """Tests to run: a library, and what pytest is asked for."""

    library: str
    arguments: tuple[str, ...]


SUITES = {
    # Short functions, called millions of times by few tests.
    "NetworkX, call-heavy": Suite(
        "networkx",
        ("--pyargs", "networkx.algorithms.isomorphism", "networkx.algorithms.tree", "-k", "not arborescence"),
    ),
    # Many short tests.
    "NetworkX, everyday": Suite(
        "networkx",
        (
            "--pyargs",
            "networkx.algorithms.bipartite",
            "networkx.algorithms.operators",
            "networkx.algorithms.traversal",
            "networkx.algorithms.link_analysis",
        ),
    ),
    "NetworkX, all": Suite("networkx", ("--pyargs", "networkx")),
    "einops": Suite("einops", ("--pyargs", "einops", "-k", "not threading")),
}  # fmt: skip

TOOLS = {
    "this-tests, observing": ("--this-tests-observe",),
    "coverage, contexts": ("-p", "no:this_tests", "--cov-context=test", "--cov-report="),
    "testmon": ("-p", "no:this_tests", "--testmon"),
}
BARE = ("-p", "no:this_tests")
QUIET = ("-q", "-p", "no:randomly", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Cost:
    """CPU seconds and the greatest memory, in kB, of a run."""

    seconds: float
    memory: int


def run(suite: Suite, options: Sequence[str], folder: Path) -> Cost:
    """Run *suite* with *options*, and return what it took."""
    cache = () if "--this-tests-observe" in options else QUIET[-2:]
    command = [sys.executable, "-m", "pytest", *QUIET[:-2], *cache, *suite.arguments, *options]
    for left in folder.glob(".testmondata*"):
        left.unlink()
    # Bytecode is cached, as it is wherever tests are run a second time.
    environment = {**os.environ, "EINOPS_TEST_BACKENDS": "numpy", "PYTHONDONTWRITEBYTECODE": ""}
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # A test may fail, on any tool alike.
        raise SystemExit((folder / "output").read_text())
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def compare(suite: Suite, options: Sequence[str], rounds: int, folder: Path) -> tuple[float, float]:
    """Return the median ratios of time and memory to the bare run, taken in pairs that change order."""
    ratios = []
    for number in range(rounds):
        pair = {each: run(suite, each, folder) for each in (BARE, options)[:: 1 if number % 2 else -1]}
        bare, ours = pair[BARE], pair[options]
        ratios.append((ours.seconds / bare.seconds, ours.memory / bare.memory))
    return median(time for time, _ in ratios), median(memory for _, memory in ratios)


def tools(library: str) -> dict[str, tuple[str, ...]]:
    """Return the tools that are installed, with their options."""
    found = dict(TOOLS)
    if importlib.util.find_spec("testmon") is None:
        del found["testmon"]
    found["coverage, contexts"] = (f"--cov={library}", *TOOLS["coverage, contexts"])
    return found


def main() -> None:
    """Print a table of ratios, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only", default="", help="only suites whose name contains this; NetworkX as a whole runs only so"
    )
    parser.add_argument("--tool", default="", help="only tools whose name contains this")
    given = parser.parse_args()
    suites = {
        name: suite
        for name, suite in SUITES.items()
        if given.only in name and (given.only or "all" not in name)
    }
    print(f"| Python {platform.python_version()} | tool | CPU time | memory |\n| --- | --- | --- | --- |")
    for name, suite in suites.items():
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            table = f'[tool.this-tests]\nlibrary = ["{suite.library}"]\nmissing = "ignore"\n'
            (folder / "pyproject.toml").write_text(table)
            run(suite, TOOLS["this-tests, observing"], folder)  # So that no one pays for what is cached.
            for tool, options in tools(suite.library).items():
                if given.tool in tool:
                    time, memory = compare(suite, options, given.rounds, folder)
                    print(f"| {name} | {tool} | {time:.2f} | {memory:.2f} |", flush=True)


if __name__ == "__main__":
    main()
