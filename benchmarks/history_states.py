"""States of a project's history, and what pytest does in them: the ground on which `history.py` judges.

What is slow is kept in a cache: the outcomes of all tests in a state, and what was observed at a commit.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock, Timer

__all__ = ["OURS", "Cache", "Clone", "Observed", "Session", "Setup", "State", "Truth", "git"]

HERE = Path(__file__).resolve().parent
OURS = HERE.parent / "registry"
SECONDS = 900
# Where an import fails, the other tests run. `no:this_tests` is the name of an installed copy's
# entry point: what is measured is the source beside this file.
COMMON = [
    *("-q", "-p", "no:this_tests", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "history_outcomes"),
    *("--continue-on-collection-errors", "--color=no"),
]
OBSERVATIONS = "test_observations"
INSTALLED = (
    "import sys, importlib.metadata as m;"
    "print(sys.version, sorted(f'{d.name}=={d.version}' for d in m.distributions()))"
)


@dataclass(frozen=True)
class Setup:
    """What is the same for all commits.

    Attributes:
        checkout: The repository, which is only read.
        library: The library's folders or files, relative to the repository's root.
        python: The interpreter that the tests run with.
    """

    checkout: Path
    library: Sequence[str]
    python: str
    pytest_args: str = ""
    reobserve: bool = False

    @cached_property
    def packages(self) -> Sequence[str]:
        """The import names of the library."""
        return [Path(path).stem for path in self.library]


@dataclass(frozen=True)
class State:
    """A commit's files; with *without*, the library is that of this other commit."""

    commit: str
    without: str = ""

    @property
    def key(self) -> str:
        """The name in the cache."""
        return f"{self.commit[:12]}{'-taken-back' if self.without else ''}"


@dataclass(frozen=True)
class Session:
    """One session of pytest.

    Attributes:
        outcomes: Those of the tests that ran, by node id.
        selected: The collected tests that were to run.
        deselected: The others.
        cpu: The CPU seconds, user and system.
    """

    output: str
    cpu: float
    outcomes: Mapping[str, str] = field(default_factory=dict)
    selected: Sequence[str] = ()
    deselected: Sequence[str] = ()

    @property
    def collected(self) -> frozenset[str]:
        """All collected tests."""
        return frozenset([*self.selected, *self.deselected])


@dataclass(frozen=True)
class Truth:
    """The outcomes of all tests in a state.

    Attributes:
        flaky: The tests whose outcome differed between two runs.
        cpu: The CPU seconds of the last run.
        problem: The end of the output, where no test ran.
    """

    outcomes: Mapping[str, str]
    flaky: Sequence[str]
    cpu: float
    problem: str = ""


@dataclass(frozen=True)
class Observed:
    """What was observed at a commit.

    Attributes:
        folder: A copy of the project's observations.
        good: The functions, as ``module:qualname``, that each test that passed executed.
    """

    folder: Path
    good: Mapping[str, frozenset[str]]


class Cache:
    """What is kept in *folder*, for this interpreter with its packages, and these arguments.

    Clones in several threads may want the same; the first one makes it.
    """

    def __init__(self, setup: Setup, folder: Path) -> None:
        command = [setup.python, "-c", INSTALLED]
        installed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        key = zlib.crc32("\n".join([installed, *setup.library, setup.pytest_args]).encode())
        self._folder = folder / f"{setup.checkout.resolve().name}-{key:08x}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._stale = setup.reobserve
        self._observed: set[str] = set()
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    def truth(self, state: State, make: Callable[[], Truth]) -> Truth:
        """Return the outcomes of all tests in *state*."""
        path = self._folder / f"{state.key}.json"
        with self._locks[path.name]:
            if path.exists():
                return Truth(**json.loads(path.read_text()))
            truth = make()
            new = path.with_suffix(f".{os.getpid()}")
            new.write_text(json.dumps(asdict(truth), indent=0))
            new.replace(path)
            return truth

    def observed(self, commit: str, make: Callable[[], Path]) -> Observed:
        """Return what runs at *commit* saw; observed anew where that cannot be read, or is asked for."""
        folder = self._folder / f"{commit[:12]}-{OBSERVATIONS}"
        with self._locks[folder.name]:
            good = None if self._stale and commit not in self._observed else _read(folder)
            if good is None:
                made = make()
                shutil.rmtree(folder, ignore_errors=True)
                shutil.copytree(made, folder)
                good = _read(folder)
                assert good is not None
                self._observed.add(commit)
            return Observed(folder, good)


class Clone:
    """A clone of the project in *folder*, in which states are tested."""

    def __init__(self, setup: Setup, cache: Cache, folder: Path) -> None:
        self._setup, self._cache, self._here = setup, cache, folder
        self.folder = folder / "clone"
        git(folder, "clone", "-q", "--no-checkout", str(setup.checkout.resolve()), str(self.folder))
        # Files that a test run leaves are no change of the project.
        with (self.folder / ".git/info/exclude").open("a") as exclude:
            exclude.write(f"\n__pycache__/\n.pytest_cache/\n/{OBSERVATIONS}/\n/test_registry.json\n")

    @property
    def library(self) -> Sequence[str]:
        """The library's folders or files."""
        return self._setup.library

    def enter(self, state: State) -> None:
        """Have the files of *state*, and no others; HEAD is its commit."""
        git(self.folder, "checkout", "-q", "--force", "--detach", state.commit)
        git(self.folder, "clean", "-fdxq")
        if state.without:
            for path in self.changed(state.without, state.commit):
                if git(self.folder, "ls-tree", state.without, "--", path):
                    git(self.folder, "checkout", "-q", state.without, "--", path)
                else:
                    git(self.folder, "rm", "-q", "--", path)

    def changed(self, old: str, new: str) -> list[str]:
        """Return the library's files that differ, without tests inside of it."""
        listed = git(
            self.folder, "diff", "--name-only", "--no-renames", "-z", old, new, "--", *self._setup.library
        )
        return [path for path in listed.split("\0") if path and "/tests/" not in path]

    def truth(self, state: State, *, differs_from: Truth | None = None) -> Truth:
        """Return the outcomes of all tests in *state*, from the cache where it has them.

        Args:
            differs_from: Only if the outcomes differ from these, the tests run twice.
        """
        return self._cache.truth(state, lambda: self._truth(state, differs_from))

    def _truth(self, state: State, differs_from: Truth | None) -> Truth:
        self.enter(state)
        first = second = self.run()
        if differs_from is None or differs_from.outcomes != first.outcomes:
            second = self.run()
        flaky = sorted(
            test
            for test in first.outcomes.keys() | second.outcomes.keys()
            if first.outcomes.get(test) != second.outcomes.get(test)
        )
        problem = "" if first.outcomes else first.output[-1000:]
        return Truth(first.outcomes, flaky, second.cpu, problem)

    def observed(self, commit: str) -> Observed:
        """Return what runs at *commit* saw, from the cache where it has it in a format that can be read."""
        return self._cache.observed(commit, lambda: self._observations(commit))

    def _observations(self, commit: str) -> Path:
        self.enter(State(commit))
        session = self.run("--this-tests-observe", ours=True)
        made = self.folder / OBSERVATIONS
        if not made.is_dir():
            sys.exit(f"{commit[:12]}: nothing was observed:\n{session.output[-3000:]}")
        return made

    def bring(self, observed: Observed) -> None:
        """Have these observations, and none that were made here."""
        shutil.rmtree(self.folder / OBSERVATIONS, ignore_errors=True)
        shutil.copytree(observed.folder, self.folder / OBSERVATIONS)

    def run(self, *arguments: str, ours: bool = False) -> Session:
        """Run pytest, with our plugin or without."""
        plugin = [
            *("-p", "this_tests.pytest_plugin", "--this-tests-missing=ignore"),
            *("-o", f"this_tests_library={' '.join(self._setup.packages)}"),
        ]
        command = [self._setup.python, "-m", "pytest", *COMMON, *(plugin if ours else []), *arguments]
        written, output = self._here / "outcomes.json", self._here / "output.txt"
        written.unlink(missing_ok=True)
        with output.open("w") as file:
            cpu = _cpu_of(
                [*command, *shlex.split(self._setup.pytest_args)], self.folder, self._env(), file.fileno()
            )
        found = json.loads(written.read_text()) if written.exists() else {}
        return Session(output.read_text(errors="replace"), cpu, **found)

    def _env(self) -> dict[str, str]:
        parents = dict.fromkeys(str((self.folder / path).parent) for path in self._setup.library)
        unset = ("PYTEST_ADDOPTS", "PYTHONDONTWRITEBYTECODE", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER")
        return {
            **{key: value for key, value in os.environ.items() if key not in unset},
            "PYTHONPATH": os.pathsep.join([*parents, str(OURS), str(HERE / "plugins")]),
            "PYTHONHASHSEED": "0",
            "HISTORY_OUTCOMES": str(self._here / "outcomes.json"),
        }


def _cpu_of(command: Sequence[str], cwd: Path, env: Mapping[str, str], output: int) -> float:
    """Run *command* and return the CPU seconds of it and its children; a hanging one is killed."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    timer = Timer(SECONDS, os.killpg, (process.pid, signal.SIGKILL))
    timer.start()
    # Of this child alone; other threads have others.
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def _read(folder: Path) -> Mapping[str, frozenset[str]] | None:
    """Return the functions by test that passed; None where no observation can be read."""
    from this_tests.observations.file import load

    problems: list[str] = []
    relation = load(folder, problems.append).combined()
    if problems or not relation.rows:
        return None
    return {
        test: frozenset(relation.table[position] for position in row.functions)
        for test, row in relation.rows.items()
        if row.is_good
    }


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints."""
    command = ["git", "-c", "advice.detachedHead=false", "-c", "core.quotePath=false", *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return done.stdout.decode(errors="replace")
