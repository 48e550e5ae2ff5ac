"""Fixtures of the suite: a small library with its own tests, run by a real pytest."""

import signal
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from timeouts import PROCESS_TIMEOUT, pytest_runtest_call, pytest_runtest_setup  # noqa: F401  # hooks

# pytester unloads what a session in this process has imported. Modules that the plugin imports late must
# be loaded before, or a test that refers to them would depend on other tests.
import this_tests.notebook.view
import this_tests.pytest_plugin.deselection
import this_tests.pytest_plugin.observation
import this_tests.pytest_plugin.observation_finish
import this_tests.pytest_plugin.selection_audit  # noqa: F401  # see above
from this_tests import Registry, load
from this_tests.cli import app

app()  # Imports the module of each verb; see above.

pytest_plugins = ["pytester"]

# A shell lets commands in its background ignore interrupts, and all their children do. Tests send some.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes depends on what else the machine does.
settings.register_profile("this_tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("this_tests")

LIBRARY = {
    "mylib/__init__.py": """
        from ._impl import Thing, add, subtract
        from . import sub

        __all__ = ["Thing", "add", "sub", "subtract"]
    """,
    "mylib/_impl.py": """
        def add(a, b):
            return a + b

        def subtract(a, b):
            return a - b

        class Base:
            def shared(self):
                return "base"

        class Thing(Base):
            def run(self):
                return 1

            @property
            def size(self):
                return 2

        def _helper():
            return 3
    """,
    "mylib/sub.py": """
        def deep():
            return "deep"
    """,
}


# pytest-lsp fails items that are no functions, such as notebooks.
WITHOUT = ("-p", "no:randomly", "-p", "no:pytest-lsp")


class Project:
    """A project in a folder of its own, with a library, tests and a pyproject.toml."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.root: Path = pytester.path
        self.write(LIBRARY)
        self.configure()
        pytester.syspathinsert(self.root)

    def write(self, files: dict[str, str]) -> None:
        """Write *files*: dedented texts by path."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")

    def configure(self, table: str = 'library = ["mylib"]', rest: str = "") -> None:
        """Write the pyproject.toml, with *table* as ``[tool.this-tests]``."""
        self.write(
            {
                "pyproject.toml": '[project]\nname = "mylib"\n\n'
                f"[tool.this-tests]\n{table}\n\n"
                "[tool.pytest.ini_options]\n"
                f'asyncio_default_fixture_loop_scope = "function"\n{rest}\n'
            }
        )

    def tests(self, source: str, name: str = "tests/test_it.py") -> None:
        """Write a test file whose head imports pytest, mylib and this_tests."""
        head = "import pytest\nimport mylib\nfrom this_tests import this_tests\n\n"
        self.write({name: head + textwrap.dedent(source)})

    def run(self, *args: str) -> pytest.RunResult:
        """Run pytest in this process."""
        with _loaded_once("torch") as imports:
            return self._pytester.runpytest_inprocess(*WITHOUT, *args, plugins=[imports])

    def run_apart(self, *args: str) -> pytest.RunResult:
        """Run pytest in a subprocess."""
        return self._pytester.runpytest_subprocess(*WITHOUT, *args, timeout=PROCESS_TIMEOUT)

    @property
    def path(self) -> Path:
        """The registry file."""
        return self.root / "test_registry.json"

    @property
    def text(self) -> str:
        """The registry file's text."""
        return self.path.read_text(encoding="utf-8")

    @property
    def registry(self) -> Registry:
        """The registry."""
        return load(self.path)

    @property
    def links(self) -> dict[str, list[str]]:
        """The tests that declared, by callable, without their file."""
        return {
            name: [test.partition("::")[2] for test in sorted(entry.declared)]
            for name, entry in sorted(self.registry.callables.items())
        }


class _ImportRecorder:
    """A plugin that records which modules of a package a session has imported."""

    def __init__(self, package: str) -> None:
        self.modules: dict[str, object] = {}
        self._package = package

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        self.modules = {
            name: module for name, module in sys.modules.items() if name.partition(".")[0] == self._package
        }


@contextmanager
def _loaded_once(package: str) -> Iterator[_ImportRecorder]:
    """Keep the modules of *package* that a session with this plugin imports: pytester would unload them.

    A part of torch that registers operators cannot be loaded twice.
    """
    imports = _ImportRecorder(package)
    try:
        yield imports
    finally:
        sys.modules.update(imports.modules)


@contextmanager
def _our_tests_hidden() -> Iterator[None]:
    """Hide the modules of this test suite: the suite under test may have files with the same names."""
    ours = Path(__file__).parent
    hidden = {
        name: module
        for name, module in sys.modules.items()
        if (file := getattr(module, "__file__", None)) and Path(file).is_relative_to(ours)
    }
    for name in hidden:
        del sys.modules[name]
    try:
        yield
    finally:
        sys.modules.update(hidden)


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return pytester, whose sessions in this process do not see the modules of this test suite."""
    run = pytester.inline_run

    def unseen(*args: Any, **options: Any) -> pytest.HookRecorder:
        with _our_tests_hidden():
            return run(*args, **options)

    monkeypatch.setattr(pytester, "inline_run", unseen)
    return pytester


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    """Return a project with the library ``mylib``."""
    return Project(pytester)
