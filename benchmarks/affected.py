"""What it costs to ask which tests a change affects, before pytest starts.

    python benchmarks/affected.py CHECKOUT FILE OLD NEW

CHECKOUT holds a library with its tests, after a run with `pytest --this-tests-observe` there and without
changes since. In FILE, which belongs to the library, the text OLD is replaced by NEW for a while.

Printed is the processor time, that of children included, by that of pytest's bare collection of all tests, in
pairs of alternating order, the median:

- changed: the collection with `--this-tests-changed`, which selects
- affected: `this-tests affected`
- tests-of: `this-tests tests-of` for the first changed line
"""

import argparse
from functools import partial
from pathlib import Path

from measure import alternating, child_seconds

COLLECT = ("-m", "pytest", "-p", "no:randomly", "--collect-only", "-q", "-q")


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("change", nargs="*", metavar="CHECKOUT FILE OLD NEW")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if len(options.change) != 4:  # noqa: PLR2004  # those that the help names
        parser.print_usage()
        return
    folder, file, old, new = options.change
    checkout = Path(folder)
    path = checkout / file
    before = path.read_text(encoding="utf-8")
    if old not in before:
        parser.error(f"{path} does not contain {old!r}")
    line = before[: before.index(old)].count("\n") + 1
    commands = {
        "changed": (*COLLECT, "--this-tests-changed"),
        "affected": ("-m", "this_tests", "affected"),
        "tests-of": ("-m", "this_tests", "tests-of", f"{file}:{line}"),
    }
    seconds = partial(child_seconds, cwd=checkout)
    try:
        path.write_text(before.replace(old, new, 1), encoding="utf-8")
        bare = partial(seconds, (*COLLECT, "-p", "no:this_tests"))
        for name, command in commands.items():
            measured = partial(seconds, command)
            measured()  # The first run fills caches.
            print(f"{name:10} {alternating(measured, bare, options.rounds):6.3f}", flush=True)
        print(f"collecting {bare():6.2f} s")
    finally:
        path.write_text(before, encoding="utf-8")


if __name__ == "__main__":
    main()
