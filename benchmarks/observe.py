"""Overhead of observing, compared with coverage contexts and testmon, on the tests of other projects.

NetworkX and einops ship their tests. Each tool runs the same ones, alternating with a run
without tools, in a folder of its own; CPU time, user and system, and peak memory are compared.

    python benchmarks/observe.py [--rounds 3] [--only everyday]
"""

import argparse
import importlib.util
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

GOAL = 1.05


@dataclass(frozen=True)
class Suite:
    """Tests to run: a library, and pytest's arguments."""

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
            "networkx.classes",
            "networkx.generators",
            "networkx.readwrite",
            "networkx.utils",
            "networkx.linalg",
            "networkx.drawing",
        ),
    ),
    # A second in all: the overhead of a session besides its tests.
    "NetworkX, small": Suite(
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

BARE = "bare"
OURS = "this-tests, observing"
TOOLS = {
    BARE: ("-p", "no:this_tests"),
    OURS: ("--this-tests-observe",),
    "coverage, contexts": ("-p", "no:this_tests", "--cov={library}", "--cov-context=test", "--cov-report="),
    "testmon": ("-p", "no:this_tests", "--testmon"),
}
# Threads of a numeric library wait for each other in busy loops, which would count as CPU time.
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
# pytest's cache is enabled for all tools: with it, the observer writes the relation.
QUIET = ("-q", "-p", "no:randomly")


@dataclass(frozen=True)
class Cost:
    """CPU seconds and peak memory, in kB, of a run."""

    seconds: float
    memory: int

    def of(self, bare: "Cost") -> tuple[float, float]:
        """Return the ratios to the *bare* run."""
        return self.seconds / bare.seconds, self.memory / bare.memory


def run_pytest(arguments: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Cost:
    """Run pytest in *folder*, and return its cost."""
    # Bytecode is cached, as it is wherever tests are run a second time.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **dict.fromkeys(_THREADS, "1"), **variables}
    command = [sys.executable, "-m", "pytest", *QUIET, *arguments]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):  # A test may fail, with every tool.
            output.seek(0)
            raise SystemExit(output.read())
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def run(suite: Suite, tool: str, folder: Path) -> Cost:
    """Run *suite* with *tool*, and return its cost."""
    options = [option.format(library=suite.library) for option in TOOLS[tool]]
    for left in folder.glob(".testmondata*"):
        left.unlink()
    return run_pytest([*suite.arguments, *options], folder, {"EINOPS_TEST_BACKENDS": "numpy"})


def compare(suite: Suite, tools: Sequence[str], rounds: int, folder: Path) -> dict[str, list[Cost]]:
    """Return the costs of *tools* in each round, the bare run included; every other round is reversed."""
    costs: dict[str, list[Cost]] = {tool: [] for tool in tools}
    for number in range(rounds):
        for tool in tools[:: -1 if number % 2 else 1]:
            costs[tool].append(run(suite, tool, folder))
    return costs


def tell(name: str, costs: dict[str, list[Cost]]) -> None:
    """Print a row for each tool: medians over the rounds of the ratios to the bare run."""
    bare = costs[BARE]
    for tool in (name for name in costs if name != BARE):
        ratios = [cost.of(other) for cost, other in zip(costs[tool], bare, strict=True)]
        time, memory = median(ratio for ratio, _ in ratios), median(ratio for _, ratio in ratios)
        seconds = median(cost.seconds for cost in bare)
        print(f"| {name} | {seconds:.1f} s | {tool} | {time:.3f} | {memory:.3f} | {len(bare)} |", flush=True)


def main() -> None:
    """Print a table of ratios, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only", default="", help="only suites whose name contains this; required to run all of NetworkX"
    )
    parser.add_argument("--tool", default="", help="only tools whose name contains this")
    given = parser.parse_args()
    tools = [tool for tool in TOOLS if given.tool in tool or tool == BARE]
    if importlib.util.find_spec("testmon") is None and "testmon" in tools:
        tools.remove("testmon")
    print(f"| Python {platform.python_version()} | bare | tool | CPU time | memory | rounds |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, suite in SUITES.items():
        if given.only in name and (given.only or "all" not in name):
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary)
                table = f'[tool.this-tests]\nlibrary = ["{suite.library}"]\nmissing = "ignore"\n'
                (folder / "pyproject.toml").write_text(table)
                run(suite, OURS, folder)  # Fill the caches, so that no tool pays for them.
                tell(name, compare(suite, tools, given.rounds, folder))


if __name__ == "__main__":
    main()
