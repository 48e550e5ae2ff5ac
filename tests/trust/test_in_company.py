"""The registry of the reference suite is the same alone and in company of what is installed here.

`make trust` installs the rest, and makes the table of the docs.
"""

import os
import sys

import pytest
from company import GUESTS, Host, files_in

from this_tests import this_tests
from this_tests.observe.observer import Observer

FAST = ("repeat", "randomly", "rerunfailures", "asyncio", "anyio", "hypothesis", "subtests", "python -O", "settrace", "xdist `-n 4`", "no:this_tests")  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.this_tests(target="this_tests.pytest_plugin")]


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """Return what runs the reference suite."""
    return Host(tmp_path_factory.mktemp("company"), sys.executable)


@pytest.mark.parametrize(
    "guest",
    [each for each in GUESTS if any(name in each.name for name in FAST)],
    ids=lambda guest: guest.name,
)
def test_the_registry_is_the_same_with(host, guest):
    if not host.knows(guest):
        pytest.skip(f"needs {guest.needs}")
    assert host.receive(guest).problem == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_a_forked_test_declares_comes_with_its_reports(project):
    this_tests("this_tests.pytest_plugin")
    project.write(files_in("forks.txt"))
    project.tests("def test_it(): this_tests(mylib.add)")
    assert project.run_apart("--forked").ret == 0
    assert project.links == {"mylib.add": ["test_it"]}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_a_forked_test_calls_is_named_as_elsewhere(project):
    """A class that has no code of its own, too, of which the parent has seen nothing."""
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
