"""Cost of the plugin, and of observing, for a run of a checkout's tests: its whole suite, or those named.

Runs without the plugin, with it and observing alternate in the checkout; their CPU time, user and system, is
compared. The first observed run, which fills caches and has no observations to add to, is told apart.

    python benchmarks/checkout.py ../marshmallow
    python benchmarks/checkout.py ../networkx networkx/classes/tests/test_graph.py::TestGraph::test_data_input
"""

import argparse
import os
import platform
import shutil
from pathlib import Path
from statistics import median

from observe import BARE, run_pytest

TOOLS = {
    BARE: ("-p", "no:this_tests"),
    "plugin": ("--no-this-tests-observe", "--this-tests-missing=ignore"),
    "observing": ("--this-tests-observe", "--this-tests-missing=ignore"),
}
OBSERVING = [*TOOLS][-1]


def seconds(checkout: Path, tests: list[str], tool: str) -> float:
    """Return the CPU time of a run of *tests* with *tool*."""
    # A project is not always installed from its checkout.
    source = checkout / "src" if (checkout / "src").is_dir() else checkout
    path = os.pathsep.join([str(source), *filter(None, [os.environ.get("PYTHONPATH")])])
    return run_pytest([*tests, *TOOLS[tool]], checkout, {"PYTHONPATH": path}).seconds


def main() -> None:
    """Print a row of ratios to the bare run, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("tests", nargs="*", help="pytest's arguments; the whole suite by default")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    checkout = given.checkout.resolve()
    shutil.rmtree(checkout / "test_observations", ignore_errors=True)
    seconds(checkout, given.tests, BARE)  # Writes the bytecode.
    first = seconds(checkout, given.tests, OBSERVING)
    rounds: list[dict[str, float]] = []
    for number in range(given.rounds):
        order = [*TOOLS][:: -1 if number % 2 else 1]
        rounds.append({tool: seconds(checkout, given.tests, tool) for tool in order})
    bare = median(costs[BARE] for costs in rounds)
    print(f"| Python {platform.python_version()} | bare | plugin | observing | first observed run | rounds |")
    print("| --- | --- | --- | --- | --- | --- |")
    ratios = (median(costs[tool] / costs[BARE] for costs in rounds) for tool in TOOLS if tool != BARE)
    cells = " | ".join(f"{ratio:.3f}" for ratio in ratios)
    print(f"| {checkout.name} | {bare:.2f} s | {cells} | {first / bare:.2f} | {len(rounds)} |", flush=True)


if __name__ == "__main__":
    main()
