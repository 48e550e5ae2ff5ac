"""CPU time of ``this-tests html`` for a library of ten thousand callables, each with two tests.

The ratio is to a plain run of these tests, without any plugin of ours: what a site costs in a CI run.
"""

import argparse
import tempfile
from pathlib import Path

from measure import child_seconds, tell

from this_tests import Entry, Link, Registry
from this_tests.registry.store import encode

MODULES, FUNCTIONS = 100, 100
GOAL = 10


def main() -> None:
    """Write the project, make its site twice, and print the CPU times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, help="the working folder, which is kept")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(arguments.into or Path(folder))


def measure(root: Path) -> None:
    """Measure with the project in the folder *root*."""
    write_project(root)
    site = ["-m", "this_tests", "html"]
    first, again = (child_seconds(site, cwd=root) for _ in range(2))
    run = child_seconds(["-m", "pytest", "-q", "-p", "no:this_tests", "-p", "no:randomly"], cwd=root)
    print(f"html: {first:.1f} CPU seconds, and {again:.1f} for the same site again; the tests take {run:.1f}")
    tell("this-tests html, 10,000 callables and tests / running the tests", first / run, "none", good=True)
    tell("the same, in CPU seconds", first, "<= 10", good=first <= GOAL)


def write_project(root: Path) -> None:
    """Write a library, its tests, and a registry in which each test declares two functions."""
    (root / "big").mkdir(parents=True, exist_ok=True)
    (root / "tests").mkdir(exist_ok=True)
    (root / "pyproject.toml").write_text('[tool.this-tests]\nlibrary = ["big"]\n')
    (root / "big" / "__init__.py").write_text("")
    callables = {}
    for module in range(MODULES):
        body = "".join(f"def f{module}_{n}(x):\n    return x + {n}\n\n\n" for n in range(FUNCTIONS))
        (root / "big" / f"m{module}.py").write_text(body)
        names = [f"f{module}_{n}" for n in range(FUNCTIONS)]
        tests = "".join(
            f'def test_f{n}():\n    """The function adds {n}."""\n'
            f"    assert m{module}.{names[n]}(1) == {n + 1}\n"
            f"    assert m{module}.{names[n - 1]}(0) == {(n - 1) % FUNCTIONS}\n\n\n"
            for n in range(FUNCTIONS)
        )
        path = f"tests/test_m{module}.py"
        (root / path).write_text(f"from big import m{module}\n\n\n{tests}")
        for n in range(FUNCTIONS):
            both = (n, (n + 1) % FUNCTIONS)
            callables[f"big.m{module}.f{module}_{n}"] = Entry(
                declared={f"{path}::test_f{number}": Link() for number in both}
            )
    (root / "test_registry.json").write_bytes(encode(Registry(callables=callables)))


if __name__ == "__main__":
    main()
