"""Reference suite with other plugins: a line of JSON per row of the table, for the Python that runs this."""

import json
import sys
import tempfile
from pathlib import Path

from report import ROOT

sys.path.insert(0, str(ROOT / "tests" / "trust"))
from compatibility import SETUPS, Setup, SuiteRunner  # the path is set one line above


def main() -> None:
    """Run each setup: with tests of its own, or observed."""
    pytests = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        # A setup's own tests execute the library too, which would change what is observed.
        runners = {
            observe: SuiteRunner(Path(name) / str(observe), sys.executable, observe=observe, pytests=pytests)
            for observe in (False, True)
        }
        for setup in SETUPS:
            print(
                json.dumps({"name": setup.name, "problem": _problem(runners[not setup.case], setup)}),
                flush=True,
            )


def _problem(runner: SuiteRunner, setup: Setup) -> str | None:
    return runner.run_with(setup).problem if runner.is_available(setup) else None


if __name__ == "__main__":
    main()
