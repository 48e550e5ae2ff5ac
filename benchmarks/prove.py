"""Proofs on a real project: what no test notices, what it costs, and a control.

``python benchmarks/prove.py CHECKOUT``, with the Python of the project, after a run of its tests with
``--this-tests-observe``. The control leaves all bodies as they are: whatever a test notices then is wrong.
"""

import argparse
import os
import resource
import sys
from pathlib import Path

from this_tests.cli.project import here
from this_tests.cli.prove_run import Proving
from this_tests.prove.plan import Plan
from this_tests.report.prove import prove_lines


def main() -> None:
    """Run the trials and the control; exit with 1 if the control is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("-n", type=int, default=1, help="the number of processes")
    parser.add_argument("--control-only", action="store_true")
    given = parser.parse_args()
    os.chdir(given.checkout)
    proving = Proving(here())
    names = proving.names(())
    planned = proving.targets(names)
    if not given.control_only:
        found = proving.run(names, Plan(planned, processes=given.n), ())
        for line in prove_lines(found.verdicts, names, found.planned, named=False):
            _say(line)
        _say(f"{_cpu():.1f} s of CPU")
    before = _cpu()
    control = proving.run(names, Plan(planned, processes=given.n, intact=True), ())
    judged = [verdict for verdict in control.verdicts if not verdict.problem]
    wrong = {verdict.function: verdict.noticed for verdict in judged if verdict.noticed}
    _say(f"control: {len(judged):,} callables, {len(wrong):,} wrong, {_cpu() - before:.1f} s of CPU")
    for function, tests in wrong.items():
        _say(f"  {function}: {', '.join(tests)}")
    sys.exit(bool(wrong))


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _say(line: str) -> None:
    print(line)


if __name__ == "__main__":
    main()
