"""Other plugins and ways to run pytest: who is in the room when the reference suite runs.

Each runs the same suite; some bring tests of their own beside it. Only the plugins of a row are
loaded, so that a row tells about them alone.
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
_PATIENCE = 120.0
_GRACE = 5.0
_TRACED = (
    "import sys, threading\n"
    "def trace(frame, event, argument): return trace\n"
    "threading.settrace(trace); sys.settrace(trace)\n"
    "import pytest; sys.exit(pytest.main(sys.argv[1:]))"
)
# Traces as with an editor attached: its half of the debugger connects, and waits for the editor.
_DEBUGPY = ("-X", "frozen_modules=off", "-m", "debugpy", "--listen", "127.0.0.1:0")


def files_in(case: str) -> dict[str, str]:
    """Return the files that a text file holds, by their paths: each follows a line ``--- path``."""
    _, *parts = _HEADING.split((CASES / case).read_text(encoding="utf-8"))
    return dict(zip(parts[::2], parts[1::2], strict=True))


@dataclass(frozen=True)
class Guest:
    """One row: a plugin, or a way to run.

    Attributes:
        name: As the table has it.
        needs: The distribution that it comes with; empty for pytest's own.
        plugins: The entry points that it loads.
        case: The file with tests of its own, to which the registry gives `links`.
        python: What Python is given before pytest.
        endless: Whether the session waits for changes when its tests have run, and is ended from outside.
        twice: Whether a second run follows, which has to leave the file as it is.
        shared: Arguments that the suite is given alone, too.
        autoload: Whether everything installed is loaded.
        writes: Whether there is to be a registry at all.
        pytest: The version of pytest; by default the one that is installed.
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


def _xdist(*args: str) -> Guest:
    return Guest(f"xdist `{' '.join(args)}`", "pytest-xdist", ("xdist",), args)


# From the oldest stated on.
PYTESTS = tuple((CASES / "pytests.txt").read_text(encoding="utf-8").split())

GUESTS: tuple[Guest, ...] = (
    _xdist("-n", "4"),
    _xdist("-n", "2", "--dist", "loadscope"),
    _xdist("-n", "2", "--dist", "loadfile"),
    _xdist("-n", "2", "--dist", "worksteal"),
    Guest(
        "xdist `--looponfail`, once", "pytest-xdist", ("xdist", "xdist.looponfail"), ("--looponfail",), endless=True,
        env={"PYTEST_PLUGINS": "this_tests.pytest_plugin"},  # What `-p` names, its own process loads after the conftests.
    ),
    Guest("repeat `--count=3`", "pytest-repeat", ("repeat",), ("--count=3",)),
    Guest(
        "flakefinder `--flake-runs=3`", "pytest-flakefinder", ("flakefinder",), ("--flake-finder", "--flake-runs=3"),
        shared=("--ignore=tests/words.rst",),  # It knows no doctests.
    ),
    Guest("random-order", "pytest-random-order", ("random_order",), ("--random-order",)),
    Guest("randomly", "pytest-randomly", ("randomly",)),
    Guest("randomly and xdist", "pytest-randomly", ("randomly", "xdist"), ("-n", "2")),
    Guest("replay, recording", "pytest-replay", ("replay",), ("--replay-record-dir=recorded",)),
    Guest("replay `--replay`", "pytest-replay", ("replay",), ("--replay=recorded.txt",), "replay.txt"),
    Guest("picked `--picked=first`", "pytest-picked", ("picked",), ("--picked=first",)),
    Guest("forked", "pytest-forked", ("pytest_forked",), ("--forked",), pytest="9.0.2"),  # It fails with pytest 9.2, also without us.
    Guest(
        "rerunfailures `--reruns=2`", "pytest-rerunfailures", ("rerunfailures",), ("--reruns=2",), "rerunfailures.txt",
        ("mylib.subtract: tests/test_guest.py::test_that_fails_at_first",),
    ),
    Guest("timeout, by signal", "pytest-timeout", ("timeout",), ("--timeout=60", "--timeout-method=signal")),
    Guest("timeout, by thread", "pytest-timeout", ("timeout",), ("--timeout=60", "--timeout-method=thread")),
    Guest("sugar", "pytest-sugar", ("sugar",), ("--force-sugar",)),
    Guest("instafail", "pytest-instafail", ("instafail",), ("--instafail",)),
    Guest("spec", "pytest-spec", ("pytest_spec",), ("--spec",)),
    Guest("pspec", "pytest-pspec", ("pspec",), ("--pspec",)),
    Guest("cov, with contexts", "pytest-cov", ("pytest_cov",), ("--cov=mylib", "--cov-context=test", "--cov-report=")),
    Guest("cov, by `sys.monitoring`", "pytest-cov", ("pytest_cov",), ("--cov=mylib", "--cov-report="), env={"COVERAGE_CORE": "sysmon"}),
    Guest("cov and xdist", "pytest-cov", ("pytest_cov", "xdist"), ("--cov=mylib", "--cov-report=", "-n", "2")),
    Guest("testmon, twice", "pytest-testmon", ("pytest-testmon",), ("--testmon",), twice=True),
    Guest("asyncio", "pytest-asyncio", ("asyncio",), case="asyncio.txt", links=("mylib.later: tests/test_guest.py::test_async",)),
    Guest("anyio", "anyio", ("anyio",), case="anyio.txt", links=("mylib.later: tests/test_guest.py::test_async",)),
    Guest("trio", "pytest-trio", ("trio",), case="trio.txt", links=("mylib.later: tests/test_guest.py::test_async",)),
    Guest("hypothesis", "hypothesis", ("hypothesispytest",), case="hypothesis.txt", links=("mylib.add: tests/test_guest.py::test_property",)),
    Guest("subtests", "pytest-subtests", ("subtests",), case="subtests.txt", links=("mylib.add: tests/test_guest.py::test_parts",)),
    Guest("bdd", "pytest-bdd", ("pytest-bdd",), case="bdd.txt", links=("mylib.add: tests/test_guest.py::test_scenario",)),
    Guest("mock", "pytest-mock", ("pytest_mock",), case="mock.txt", links=("mylib.deep.deepest: tests/test_guest.py::test_spied",)),
    Guest("django", "pytest-django", ("django",), case="django.txt", links=("mylib.add: tests/test_guest.py::test_view", "mylib.subtract: tests/test_guest.py::Case::test_it")),
    Guest("flask", "pytest-flask", ("flask",), case="flask.txt", links=("mylib.add: tests/test_guest.py::test_view",)),
    Guest("nbmake", "nbmake", ("nbmake",), ("--nbmake",), "nbmake.txt", ("mylib.add: tests/words.ipynb::words.ipynb",)),
    Guest("everything above at once", "pytest-django", args=("-p", "no:trio", "-p", "no:flask", "-p", "no:randomly", "-p", "no:flakefinder"), autoload=True),
    *(Guest(f"pytest {version}", pytest=version) for version in PYTESTS),
    Guest("`-p no:cacheprovider`", args=("-p", "no:cacheprovider")),
    Guest("`-p no:terminal`", args=("-p", "no:terminal")),
    Guest("`-p no:logging -s`", args=("-p", "no:logging", "-s")),
    Guest("`--import-mode=prepend`", args=("--import-mode=prepend",)),
    Guest("`--import-mode=append`", args=("--import-mode=append",)),
    Guest("`--import-mode=importlib`", args=("--import-mode=importlib",)),
    Guest("`--assert=plain`", args=("--assert=plain",)),
    Guest("`-W error`", args=("-W", "error")),
    Guest("`--junitxml`", args=("--junitxml=junit.xml",)),
    Guest("`python -O`", python=("-O", "-m", "pytest"), args=("-W", "ignore")),
    Guest("`python -OO`", python=("-OO", "-m", "pytest"), args=("-W", "ignore")),
    Guest("`python -X dev`", python=("-X", "dev", "-m", "pytest")),
    Guest("a debugger (`sys.settrace`)", python=("-c", _TRACED)),
    Guest("a debugger (debugpy)", "debugpy", python=(*_DEBUGPY, "-m", "pytest"), env={"PYDEVD_DISABLE_FILE_VALIDATION": "1"}),
    Guest("`--maxfail=1`", args=("--maxfail=1",)),
    Guest("`-p no:this_tests`", args=("-p", "no:this_tests", "-p", "no:randomly", "-p", "no:flakefinder", "-p", "no:trio", "-p", "no:flask"), autoload=True, writes=False),
)  # fmt: skip


def installed() -> frozenset[str]:
    """Return the names of the distributions that this Python has."""
    return frozenset(each.metadata["Name"].lower() for each in distributions())


@dataclass(frozen=True)
class Visit:
    """What became of the reference suite in company.

    Attributes:
        problem: Why the registry is not what it should be; empty where it is.
    """

    guest: Guest
    problem: str


class Host:
    """Runs the reference suite, each time in a new folder.

    Args:
        folder: Where the folders are made.
        python: The Python that runs it.
        pytests: The folder that has versions of pytest, each in a folder of its own.
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
            self._alone[args] = self._run(root, Guest("alone", shared=args))
        return self._alone[args]

    def knows(self, guest: Guest) -> bool:
        """Tell whether what *guest* needs is installed."""
        if guest.pytest and not (self._pytests and (self._pytests / guest.pytest).is_dir()):
            return False
        return not guest.needs or guest.needs in installed()

    def receive(self, guest: Guest) -> Visit:
        """Run the suite with *guest*."""
        root = self._project(re.sub(r"\W+", "-", guest.name), guest.case)
        try:
            for _ in range(1 + guest.twice):
                text = self._run(root, guest)
        except _FailedError as error:
            return Visit(guest, str(error))
        return Visit(guest, self._problem(root, text, guest))

    def _problem(self, root: Path, text: bytes, guest: Guest) -> str:
        if not guest.writes:
            return "a registry was written" if text else ""
        found = load(root / "test_registry.json") if text else Registry()
        links = {f"{name}: {test}" for name, entry in found.callables.items() for test in entry.declared}
        if missing := set(guest.links) - links:
            return f"not recorded: {', '.join(sorted(missing))}"
        ours = _without(found, files_in(guest.case)) if guest.case else text
        alone = self.alone(*guest.shared)
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
            subprocess.run(["git", "init", "-q", str(root)], check=True, timeout=_PATIENCE)
        return root

    def _run(self, root: Path, guest: Guest) -> bytes:
        env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
        paths = [str(root), *([str(self._pytests / guest.pytest)] if self._pytests and guest.pytest else [])]
        env |= {"PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "200", **guest.env}
        if not guest.autoload:
            env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        path = root / "test_registry.json"
        output = root.with_suffix(".txt")
        with _started(guest.command(self._python), root, env, output) as process:
            if guest.endless:
                _wait_for(path, process)
            elif _code(process):
                raise _FailedError(f"exit code {process.returncode}: {_tail(output)}")
        return path.read_bytes() if path.exists() else b""


class _FailedError(Exception):
    """The suite did not pass, so that its registry says nothing."""


@contextmanager
def _started(
    command: list[str], root: Path, env: Mapping[str, str], output: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a session, and leave nothing of it: what does not end by itself is ended, kindly at first."""
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
        return process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        raise _FailedError(f"not ended after {_PATIENCE:g} s") from None


def _wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a session has written, or ended without."""
    limit = time.monotonic() + _PATIENCE
    while not path.exists() and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.1)


def _without(found: Registry, files: Mapping[str, str]) -> bytes:
    """Return the registry's text without the tests of the guest, as if their *files* were gone."""
    return encode(update(found, Run(), lambda file: test_file(file) not in files))


def _difference(alone: str, together: str) -> str:
    import difflib

    lines = difflib.unified_diff(
        alone.splitlines(), together.splitlines(), "alone", "together", n=1, lineterm=""
    )
    return "another registry:\n" + "\n".join(lines)


def _tail(output: Path) -> str:
    return "\n".join(output.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-25:])
