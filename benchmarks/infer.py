"""How well `this-tests infer` finds what tests are about: precision, recall and F1 against a ground truth.

    python benchmarks/infer.py PYTCTRACER arrow=FOLDER chartify=FOLDER kedro=FOLDER pyopenssl=FOLDER

PYTCTRACER is a checkout (with or without a work tree) of jasonho2582001/comp0138-pytctracer,
whose function-level ground truth names, for tests of four projects, the functions that each is
about. It has no licence, so nothing of it is here. Each FOLDER holds a project's source with its
tests: arrow 1.3.0, chartify 4.0.5, kedro 0.19.2 and pyopenssl 24.0.0 are versions that have all
its tests.

Beside the inference, two baselines that others published are run on what the same reading found:
the last call before an assert, and naming (the test's name says the function's, and nothing else).
"All that is used" is every function of the library that the test, its fixtures and its helpers were
seen to use: its recall tells how many of the links stand in the tests' source at all.

--observed PROJECT=FOLDER adds what a run saw: FOLDER is what pytest's
--this-tests-observe left in the project, test_observations. What did not run is no link.
"""

import argparse
import ast
import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from this_tests.cli.infer import executed_functions
from this_tests.infer import ExecutedFunctions, SourceTree, StaticCase, cases, likely
from this_tests.infer.interpreter import Interpreter
from this_tests.infer.values import ClassValue, FunctionValue, Value
from this_tests.observations.file import load
from this_tests.suite.conventions import Conventions
from this_tests.suite.reader import read_source

Links = dict[str, set[str]]
TRUTH = "experiment-data/ground-truths/function-level/{0}/{0}_ground_truth_function_level.json"
PACKAGES = {"pyopenssl": "OpenSSL"}
# What the method was made on; the others' truth was not looked at meanwhile.
TUNED = ("arrow", "chartify")


@dataclass(frozen=True)
class Score:
    """How many links were found rightly, found wrongly, and missed."""

    right: int
    wrong: int
    missed: int

    def __add__(self, other: "Score") -> "Score":
        return Score(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float:
        """The share of the links found that is right."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """The share of the true links that was found."""
        return self.right / max(self.right + self.missed, 1)

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.right / max(2 * self.right + self.wrong + self.missed, 1)


@dataclass(frozen=True)
class Project:
    """One project: where it is, what it should yield, and what its tests use."""

    name: str
    root: Path
    truth: Mapping[str, frozenset[str]]
    tree: SourceTree
    files: Sequence[Sequence[StaticCase]]
    observed: ExecutedFunctions | None


def main() -> None:
    """Print the table."""
    options = _options()
    observed = dict(option.split("=", 1) for option in options.observed)
    named = [option.partition("=") for option in options.projects]
    projects = [_read(options.truth, name, folder, observed) for name, _, folder in named]
    print(f"| Technique | Project | {'Precision':9} | {'Recall':6} | F1 |\n| --- | --- | --- | --- | --- |")
    for name, technique in TECHNIQUES.items():
        if name != "inference and observation" or observed:
            _print(name, {project.name: _score(technique(project), project) for project in projects})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("truth", type=Path, metavar="PYTCTRACER")
    parser.add_argument("projects", nargs="+", metavar="PROJECT=FOLDER")
    parser.add_argument("--observed", action="append", default=[], metavar="PROJECT=FOLDER")
    return parser.parse_args()


def _print(technique: str, scores: Mapping[str, Score]) -> None:
    total = sum(scores.values(), Score(0, 0, 0))
    for name, score in (*scores.items(), ("in all", total)):
        shares = " | ".join(f"{100 * share:.1f}" for share in (score.precision, score.recall, score.f1))
        print(f"| {technique} | {name} | {shares} |")


# Reading.


def _read(checkout: Path, name: str, folder: str, observed: Mapping[str, str]) -> Project:
    root = Path(folder).resolve()
    package = PACKAGES.get(name, name)
    tree = SourceTree([root / "src", root, root / "tests"])
    lookup = Interpreter(tree, [package])
    truth = {
        test: frozenset(_defined(path, lookup) for path in links)
        for test, links in json.loads(_text(checkout, TRUTH.format(name))).items()
    }
    paths = sorted({_file(root, test) for test in truth})
    files = [cases(tree, [package], path, root, tests_of(path, root)) for path in paths]
    return Project(name, root, truth, tree, files, _seen(observed.get(name)))


def _seen(cache: str | None) -> ExecutedFunctions | None:
    """Return the functions that each test executed."""
    return executed_functions(load(Path(cache)).combined()) if cache else None


def _text(checkout: Path, path: str) -> str:
    command = ["git", "-C", str(checkout), "show", f"HEAD:{path}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _defined(path: str, lookup: Interpreter) -> str:
    """Return where a function of the truth is defined: some go by a class that inherits them."""
    owner, _, last = path.removeprefix("src.").rpartition(".")
    for value in lookup.modules.path(owner):
        found: Value | None = lookup.classes.method(value, last) if isinstance(value, ClassValue) else None
        if isinstance(found, FunctionValue):
            return found.path
    ours = [value for value in lookup.modules.path(f"{owner}.{last}") if isinstance(value, FunctionValue)]
    return ours[0].path if ours else f"{owner}.{last}"


def _file(root: Path, test: str) -> Path:
    parts = test.split(".")
    lengths = range(len(parts), 0, -1)
    paths = (root.joinpath(*parts[:length]).with_suffix(".py") for length in lengths)
    return next(path for path in paths if path.is_file())


def tests_of(path: Path, root: Path) -> list[str]:
    """Return the names of a file's tests, with ``::`` between classes and methods."""
    return [
        function.name for function in read_source(path, root, Conventions()).functions if function.is_test
    ]


def _key(node_id: str) -> str:
    return node_id.replace(".py::", ".").replace("::", ".").replace("/", ".")


# The techniques.


def _inference(project: Project) -> Links:
    return _likely(project, None)


def _with_observation(project: Project) -> Links:
    return _likely(project, project.observed)


def _likely(project: Project, ran: ExecutedFunctions | None) -> Links:
    found: Links = {}
    for file in project.files:
        for link in likely(file, ran):
            found.setdefault(_key(link.node_id), set()).add(link.function.path)
    return found


def _last_call_before_assert(project: Project) -> Links:
    return {
        _key(case.node_id): {use.function.path for use in case.uses if "last" in use.roles}
        for file in project.files
        for case in file
    }


def _naming(project: Project) -> Links:
    return {
        _key(case.node_id): {
            use.function.path
            for use in case.uses
            if case.node_id.rpartition("::")[2].removeprefix("test_") == use.function.last.strip("_")
        }
        for file in project.files
        for case in file
    }


def _used(project: Project) -> Links:
    return {
        _key(case.node_id): {use.function.path for use in case.uses}
        for file in project.files
        for case in file
    }


TECHNIQUES: dict[str, Callable[[Project], Links]] = {
    "naming": _naming,
    "last call before assert": _last_call_before_assert,
    "all that is used": _used,
    "inference": _inference,
    "inference and observation": _with_observation,
}


def _score(links: Links, project: Project) -> Score:
    """Compare *links* with the truth, for its tests alone; a class without a constructor has no function."""
    total = Score(0, 0, 0)
    for test, truth in project.truth.items():
        found = {path for path in links.get(test, set()) if _is_function(path, project.tree)}
        total += Score(len(found & truth), len(found - truth), len(truth - found))
    return total


def _is_function(path: str, tree: SourceTree) -> bool:
    parts = path.split(".")
    heads = (length for length in range(len(parts) - 1, 0, -1) if tree.module(".".join(parts[:length])))
    length = next(heads, 0)
    node = tree.function_node(".".join(parts[:length]), ".".join(parts[length:]))
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


if __name__ == "__main__":
    main()
