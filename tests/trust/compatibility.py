"""Compatibility with other pytest plugins and with ways to run pytest: runs the reference suite with each.

Each setup runs the same suite; some have additional tests of their own. Only the plugins of a row are
loaded, so that a row is about them alone.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import distributions
from pathlib import Path

from this_tests import Registry, load
from this_tests.registry.model import test_file
from this_tests.registry.store import encode
from this_tests.registry.update import Run, update

CASES = Path(__file__).parent / "cases"
_HEADING = re.compile(r"^--- (\S+)\n", re.MULTILINE)
_TIMEOUT = 240.0
_GRACE = 5.0
_TRACED = (
    "import sys, threading\n"
    "def trace(frame, event, argument): return trace\n"
    "threading.settrace(trace); sys.settrace(trace)\n"
    "import pytest; sys.exit(pytest.main(sys.argv[1:]))"
)
# Traces as with an attached editor: the adapter of the debugger connects, and waits for the editor.
_DEBUGPY = ("-X", "frozen_modules=off", "-m", "debugpy", "--listen", "127.0.0.1:0")


def files_in(case: str) -> dict[str, str]:
    """Return the files in a text file, by their paths: each follows a line ``--- path``."""
    _, *parts = _HEADING.split((CASES / case).read_text(encoding="utf-8"))
    return dict(zip(parts[::2], parts[1::2], strict=True))


@dataclass(frozen=True)
class Setup:
    """A row of the table: a plugin, or a way to run pytest.

    Attributes:
        name: Its name in the table.
        needs: The distribution that contains it; empty for pytest's own.
        plugins: The entry points that it loads.
        case: The file with its own tests, for which the registry must have `links`.
        python: Arguments of Python before those of pytest.
        endless: Whether the session waits for changes after its tests, and must be ended from outside.
        twice: Whether a second run follows, which must not change the file.
        shared: Arguments that are also used for the suite alone.
        autoload: Whether everything installed is loaded.
        writes: Whether a registry is expected at all.
        pytest: The version of pytest; by default the installed one.
    """

    name: str
    needs: str = ""
    plugins: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    case: str = ""
    links: tuple[str, ...] = ()
    python: tuple[str, ...] = ("-m", "pytest")
    env: Mapping[str, str] = field(default_factory=dict)
    endless: bool = False
    twice: bool = False
    shared: tuple[str, ...] = ()
    autoload: bool = False
    writes: bool = True
    pytest: str = ""

    def command(self, python: str) -> list[str]:
        """Return the words of the command."""
        ours = () if self.autoload or "PYTEST_PLUGINS" in self.env else ("-p", "this_tests")
        loaded = (word for plugin in self.plugins for word in ("-p", plugin))
        return [python, *self.python, *ours, *loaded, *self.args, *self.shared]


def _xdist(*args: str) -> Setup:
    return Setup(f"xdist `{' '.join(args)}`", "pytest-xdist", ("xdist",), args)


# From the oldest supported version on.
PYTESTS = tuple((CASES / "pytests.txt").read_text(encoding="utf-8").split())

SETUPS: tuple[Setup, ...] = (
    _xdist("-n", "4"),
    _xdist("-n", "2", "--dist", "loadscope"),
    _xdist("-n", "2", "--dist", "loadfile"),
    _xdist("-n", "2", "--dist", "worksteal"),
    Setup(
        "xdist `--looponfail`, once", "pytest-xdist", ("xdist", "xdist.looponfail"), ("--looponfail",), endless=True,
        env={"PYTEST_PLUGINS": "this_tests.pytest_plugin"},  # Its subprocess loads plugins given by `-p` after the conftests.
    ),
    Setup("repeat `--count=3`", "pytest-repeat", ("repeat",), ("--count=3",)),
    Setup(
        "flakefinder `--flake-runs=3`", "pytest-flakefinder", ("flakefinder",), ("--flake-finder", "--flake-runs=3"),
        shared=("--ignore=tests/words.rst",),  # It does not support doctests.
    ),
    Setup("random-order", "pytest-random-order", ("random_order",), ("--random-order",)),
    Setup("randomly", "pytest-randomly", ("randomly",)),
    Setup("randomly and xdist", "pytest-randomly", ("randomly", "xdist"), ("-n", "2")),
    Setup("replay, recording", "pytest-replay", ("replay",), ("--replay-record-dir=recorded",)),
    Setup("replay `--replay`", "pytest-replay", ("replay",), ("--replay=recorded.txt",), "replay.txt"),
    Setup("picked `--picked=first`", "pytest-picked", ("picked",), ("--picked=first",)),
    Setup("forked", "pytest-forked", ("pytest_forked",), ("--forked",), pytest="9.0.2"),  # It fails with pytest 9.2, also without this-tests.
    Setup(
        "rerunfailures `--reruns=2`", "pytest-rerunfailures", ("rerunfailures",), ("--reruns=2",), "rerunfailures.txt",
        ("mylib.subtract: tests/test_plugin.py::test_that_fails_at_first",),
    ),
    Setup("timeout, by signal", "pytest-timeout", ("timeout",), ("--timeout=60", "--timeout-method=signal")),
    Setup("timeout, by thread", "pytest-timeout", ("timeout",), ("--timeout=60", "--timeout-method=thread")),
    Setup("sugar", "pytest-sugar", ("sugar",), ("--force-sugar",)),
    Setup("instafail", "pytest-instafail", ("instafail",), ("--instafail",)),
    Setup("spec", "pytest-spec", ("pytest_spec",), ("--spec",)),
    Setup("pspec", "pytest-pspec", ("pspec",), ("--pspec",)),
    Setup("cov, with contexts", "pytest-cov", ("pytest_cov",), ("--cov=mylib", "--cov-context=test", "--cov-report=")),
    Setup("cov, by `sys.monitoring`", "pytest-cov", ("pytest_cov",), ("--cov=mylib", "--cov-report="), env={"COVERAGE_CORE": "sysmon"}),
    Setup("cov and xdist", "pytest-cov", ("pytest_cov", "xdist"), ("--cov=mylib", "--cov-report=", "-n", "2")),
    Setup("testmon, twice", "pytest-testmon", ("pytest-testmon",), ("--testmon",), twice=True),
    Setup("asyncio", "pytest-asyncio", ("asyncio",), case="asyncio.txt", links=("mylib.later: tests/test_plugin.py::test_async",)),
    Setup("anyio", "anyio", ("anyio",), case="anyio.txt", links=("mylib.later: tests/test_plugin.py::test_async",)),
    Setup("trio", "pytest-trio", ("trio",), case="trio.txt", links=("mylib.later: tests/test_plugin.py::test_async",)),
    Setup("hypothesis", "hypothesis", ("hypothesispytest",), case="hypothesis.txt", links=("mylib.add: tests/test_plugin.py::test_property",)),
    Setup("subtests", "pytest-subtests", ("subtests",), case="subtests.txt", links=("mylib.add: tests/test_plugin.py::test_parts",)),
    Setup("bdd", "pytest-bdd", ("pytest-bdd",), case="bdd.txt", links=("mylib.add: tests/test_plugin.py::test_scenario",)),
    Setup("mock", "pytest-mock", ("pytest_mock",), case="mock.txt", links=("mylib.deep.deepest: tests/test_plugin.py::test_spied",)),
    Setup("django", "pytest-django", ("django",), case="django.txt", links=("mylib.add: tests/test_plugin.py::test_view", "mylib.subtract: tests/test_plugin.py::Case::test_it")),
    Setup("flask", "pytest-flask", ("flask",), case="flask.txt", links=("mylib.add: tests/test_plugin.py::test_view",)),
    Setup("nbmake", "nbmake", ("nbmake",), ("--nbmake",), "nbmake.txt", ("mylib.add: tests/words.ipynb::words.ipynb",)),
    Setup("everything above at once", "pytest-django", args=("-p", "no:trio", "-p", "no:flask", "-p", "no:randomly", "-p", "no:flakefinder"), autoload=True),
    *(Setup(f"pytest {version}", pytest=version) for version in PYTESTS),
    Setup("`-p no:cacheprovider`", args=("-p", "no:cacheprovider")),
    Setup("`-p no:terminal`", args=("-p", "no:terminal")),
    Setup("`-p no:logging -s`", args=("-p", "no:logging", "-s")),
    Setup("`--import-mode=prepend`", args=("--import-mode=prepend",)),
    Setup("`--import-mode=append`", args=("--import-mode=append",)),
    Setup("`--import-mode=importlib`", args=("--import-mode=importlib",)),
    Setup("`--assert=plain`", args=("--assert=plain",)),
    Setup("`-W error`", args=("-W", "error")),
    Setup("`--junitxml`", args=("--junitxml=junit.xml",)),
    Setup("`python -O`", python=("-O", "-m", "pytest"), args=("-W", "ignore")),
    Setup("`python -OO`", python=("-OO", "-m", "pytest"), args=("-W", "ignore")),
    Setup("`python -X dev`", python=("-X", "dev", "-m", "pytest")),
    Setup("a debugger (`sys.settrace`)", python=("-c", _TRACED)),
    Setup("a debugger (debugpy)", "debugpy", python=(*_DEBUGPY, "-m", "pytest"), env={"PYDEVD_DISABLE_FILE_VALIDATION": "1"}),
    Setup("`--maxfail=1`", args=("--maxfail=1",)),
    Setup("`-p no:this_tests`", args=("-p", "no:this_tests", "-p", "no:randomly", "-p", "no:flakefinder", "-p", "no:trio", "-p", "no:flask"), autoload=True, writes=False),
)  # fmt: skip


def installed() -> frozenset[str]:
    """Return the names of the distributions that this Python has."""
    return frozenset(distribution.metadata["Name"].lower() for distribution in distributions())


@dataclass(frozen=True)
class SetupResult:
    """The result of the reference suite with a setup.

    Attributes:
        problem: Why the registry is not as expected; empty if it is.
    """

    setup: Setup
    problem: str


class SuiteRunner:
    """Runs the reference suite, each time in a new folder.

    Args:
        folder: The parent of these folders.
        python: The Python that runs it.
        pytests: The folder with other versions of pytest, each in its own folder.
    """

    def __init__(
        self, folder: Path, python: str, *, observe: bool = False, pytests: Path | None = None
    ) -> None:
        self._folder = folder
        self._python = python
        self._observe = observe
        self._pytests = pytests
        self._alone: dict[tuple[str, ...], bytes] = {}

    def alone(self, *args: str) -> bytes:
        """Return the registry of the suite alone."""
        if args not in self._alone:
            root = self._project(f"alone-{len(self._alone)}", "")
            self._alone[args] = self._run(root, Setup("alone", shared=args))
        return self._alone[args]

    def is_available(self, setup: Setup) -> bool:
        """Return whether what *setup* needs is installed."""
        if setup.pytest and not (self._pytests and (self._pytests / setup.pytest).is_dir()):
            return False
        return not setup.needs or setup.needs in installed()

    def run_with(self, setup: Setup) -> SetupResult:
        """Run the suite with *setup*."""
        root = self._project(re.sub(r"\W+", "-", setup.name), setup.case)
        try:
            for _ in range(1 + setup.twice):
                text = self._run(root, setup)
        except _FailedError as error:
            return SetupResult(setup, str(error))
        return SetupResult(setup, self._problem(root, text, setup))

    def _problem(self, root: Path, text: bytes, setup: Setup) -> str:
        if not setup.writes:
            return "a registry was written" if text else ""
        found = load(root / "test_registry.json") if text else Registry()
        links = {f"{name}: {test}" for name, entry in found.callables.items() for test in entry.declared}
        if missing := set(setup.links) - links:
            return f"not recorded: {', '.join(sorted(missing))}"
        ours = _without(found, files_in(setup.case)) if setup.case else text
        alone = self.alone(*setup.shared)
        return "" if ours == alone else _difference(alone.decode(), ours.decode())

    def _project(self, name: str, case: str) -> Path:
        root = self._folder / name
        files = files_in("reference.txt") | (files_in(case) if case else {})
        if self._observe:
            files["pyproject.toml"] = files["pyproject.toml"].replace(
                "missing =", "observe = true\nmissing ="
            )
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        if "picked" in name:
            subprocess.run(["git", "init", "-q", str(root)], check=True, timeout=_TIMEOUT)
        return root

    def _run(self, root: Path, setup: Setup) -> bytes:
        env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
        paths = [str(root), *([str(self._pytests / setup.pytest)] if self._pytests and setup.pytest else [])]
        env |= {"PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "200", **setup.env}
        if not setup.autoload:
            env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        path = root / "test_registry.json"
        output = root.with_suffix(".txt")
        with _started(setup.command(self._python), root, env, output) as process:
            if setup.endless:
                _wait_for(path, process)
            elif _code(process):
                raise _FailedError(f"exit code {process.returncode}: {_tail(output)}")
        return path.read_bytes() if path.exists() else b""


class _FailedError(Exception):
    """The suite did not pass, so its registry is meaningless."""


@contextmanager
def _started(
    command: list[str], root: Path, env: Mapping[str, str], output: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a session, and end all its processes: first by SIGINT, then by SIGKILL."""
    with output.open("wb") as file, subprocess.Popen(
        command, cwd=root, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            for sign in (signal.SIGINT, signal.SIGKILL):
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, sign)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_GRACE)


def _code(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(_TIMEOUT)
    except subprocess.TimeoutExpired:
        raise _FailedError(f"not ended after {_TIMEOUT:g} s") from None


def _wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a session has written the registry, or ended."""
    limit = time.monotonic() + _TIMEOUT
    while not path.exists() and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.1)


def _without(found: Registry, files: Mapping[str, str]) -> bytes:
    """Return the registry's text without the tests of the setup, as if their *files* were gone."""
    return encode(update(found, Run(), lambda file: test_file(file) not in files))


def _difference(alone: str, together: str) -> str:
    import difflib

    lines = difflib.unified_diff(
        alone.splitlines(), together.splitlines(), "alone", "together", n=1, lineterm=""
    )
    return "another registry:\n" + "\n".join(lines)


def _tail(output: Path) -> str:
    return "\n".join(output.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-25:])
