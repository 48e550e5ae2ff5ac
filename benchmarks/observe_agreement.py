"""Agreement of observing with coverage contexts on pairs of a test and a function.

Both observe the same run. Coverage records lines; a test executed a function if it executed a line of its
body. Pairs that only one of them has are counted by class:

- fixture: a fixture of wider scope, which coverage attributes to the first test that uses it;
- direct call: called by a test's own code, and handled by a cache, by C, or by other code;
- never a line: a function without a line of its own, and classes;
- one line: the body is on the line of the ``def``, or of a lambda, which the import executes, too.
"""

import argparse
import ast
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

from coverage import CoverageData

from this_tests.observations.file import load
from this_tests.observations.relation import DIRECT, SETUP, Relation
from this_tests.observe.code_owner import functions_in

Pair = tuple[str, str]
GOAL = 99.9


def functions_of(root: Path, library: str) -> Iterator[tuple[str, str, CodeType]]:
    """Yield file, key and code of each function of *library*, which is in *root*."""
    for path in sorted(root.rglob("*.py")):
        parts = [library, *path.relative_to(root).with_suffix("").parts]
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if "tests" not in parts and parts[-1] != "conftest":
            for code in functions_in(compile(ast.parse(path.read_bytes()), str(path), "exec")):
                yield str(path), f"{module}:{code.co_qualname}", code


def body_lines(code: CodeType) -> set[int]:
    """Return the lines that belong to *code* and not to the functions in it."""
    own = {line for _, _, line in code.co_lines() if line}
    for constant in code.co_consts:
        if type(constant) is CodeType and constant.co_name.startswith("<") and constant.co_name != "<lambda>":
            own |= body_lines(constant)
    return own - {code.co_firstlineno}


def covered(data: CoverageData, root: Path, library: str) -> tuple[set[Pair], set[str]]:
    """Return the pairs that coverage has, and the functions that cannot be distinguished by lines."""
    pairs: set[Pair] = set()
    unclear: set[str] = set()
    contexts: dict[str, dict[int, list[str]]] = {}
    for file, key, code in functions_of(root, library):
        by_line = contexts.setdefault(file, data.contexts_by_lineno(file))
        lines = body_lines(code)
        if not lines or code.co_name == "<lambda>":
            unclear.add(key)
        for line in lines:
            pairs.update((context.rpartition("|")[0], key) for context in by_line.get(line, ()) if context)
    return pairs, unclear


def observed(relation: Relation) -> dict[Pair, int]:
    """Return the pairs of the observer, each with its flags."""
    return {(test, key): flags for test in relation.tests for key, flags in relation.flags_of(test)}


def run(library: str, arguments: list[str], folder: Path) -> None:
    """Run the tests with both tools in *folder*."""
    (folder / "pyproject.toml").write_text(
        f'[tool.this-tests]\nlibrary = ["{library}"]\nmissing = "ignore"\nobserve = true\n'
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *arguments]
    command += [f"--cov={library}", "--cov-context=test", "--cov-report="]
    environment = {**os.environ, "EINOPS_TEST_BACKENDS": "numpy", "COVERAGE_CORE": "ctrace"}
    subprocess.run(command, cwd=folder, env=environment, check=False, stdout=subprocess.DEVNULL)


def main() -> None:
    """Print the agreement, and the classes of the differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", nargs="?", default="networkx")
    parser.add_argument(
        "arguments", nargs="*", default=["--pyargs", "networkx.classes", "networkx.generators"]
    )
    given = parser.parse_args()
    spec = importlib.util.find_spec(given.library)
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run(given.library, given.arguments, folder)
        data = CoverageData(str(folder / ".coverage"))
        data.read()
        theirs, unclear = covered(data, root, given.library)
        ours = observed(load(folder / "test_observations").combined())
    tell(theirs, ours, unclear)


def tell(theirs: set[Pair], ours: dict[Pair, int], unclear: set[str]) -> None:
    """Print the figures."""
    known = {key for _, key in theirs}
    only_ours = {pair: why(pair, flags, unclear, known) for pair, flags in ours.items() if pair not in theirs}
    only_theirs = theirs - ours.keys()
    unexplained = [pair for pair, reason in only_ours.items() if not reason]
    comparable = len(ours) - (len(only_ours) - len(unexplained))
    print(f"links: {len(theirs):,} by coverage, {len(ours):,} by us, {len(theirs & ours.keys()):,} by both")
    print(f"of coverage's, we have {100 * (1 - len(only_theirs) / max(1, len(theirs))):.3f} %   goal {GOAL}")
    print(f"of ours, coverage has {100 * (1 - len(unexplained) / max(1, comparable)):.3f} %   goal {GOAL}")
    print("only ours:", dict(Counter(reason or "unexplained" for reason in only_ours.values())))
    for pair in sorted(only_theirs)[:10] + sorted(unexplained)[:10]:
        print("  ", "only theirs" if pair in only_theirs else "only ours", *pair)


def why(pair: Pair, flags: int, unclear: set[str], known: set[str]) -> str:
    """Return the class of a pair that only the observer has, or nothing."""
    if pair[1] in unclear:
        return "one line"
    if flags & SETUP:
        return "fixture"
    if flags & DIRECT:
        return "direct call"
    return "" if pair[1] in known else "never a line"


if __name__ == "__main__":
    main()
