"""The registry of the reference suite is the same alone and with the plugins that are installed here.

`make trust` installs the others, and writes the table of the docs.
"""

import os
import sys

import pytest
from compatibility import SETUPS, SuiteRunner, files_in

from this_tests import this_tests
from this_tests.observe.observer import Observer

FAST = ("repeat", "flakefinder", "picked", "nbmake", "randomly", "rerunfailures", "asyncio", "anyio", "hypothesis", "subtests", "python -O", "settrace", "xdist `-n 4`", "no:this_tests")  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.this_tests(target="this_tests.pytest_plugin")]


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    """Return a runner of the reference suite."""
    return SuiteRunner(tmp_path_factory.mktemp("compatibility"), sys.executable)


@pytest.mark.parametrize(
    "setup",
    [setup for setup in SETUPS if any(name in setup.name for name in FAST)],
    ids=lambda setup: setup.name,
)
def test_the_registry_is_the_same_with(runner, setup):
    if not runner.is_available(setup):
        pytest.skip(f"needs {setup.needs}")
    assert runner.run_with(setup).problem == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_a_forked_test_declares_comes_with_its_reports(project):
    this_tests("this_tests.pytest_plugin")
    project.write(files_in("forks.txt"))
    project.tests("def test_it(): this_tests(mylib.add)")
    assert project.run_apart("--forked").ret == 0
    assert project.links == {"mylib.add": ["test_it"]}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_a_forked_test_calls_is_named_as_elsewhere(project):
    """Including a class without code of its own, which the parent process has not observed."""
    this_tests(Observer.learn, "this_tests.pytest_plugin")
    project.write(files_in("forks.txt"))
    project.tests("def test_it():\n    this_tests(mylib.Thing)\n    assert mylib.Thing().run() == 1")
    seen = []
    for args in ((), ("--forked",)):
        project.path.unlink(missing_ok=True)
        assert project.run_apart("--this-tests-observe", *args).ret == 0
        seen.append({name: entry.observed for name, entry in project.registry.callables.items()})
    assert seen[0] == seen[1]
    assert seen[0]["mylib.Thing"].direct == 1
