"""Hostile objects as targets, in a real session: each is refused, or has its right name."""

import re

import pytest
from compatibility import files_in

from this_tests import this_tests

pytestmark = pytest.mark.slow

RECORDED = re.findall(r'^    "(mylib\.[\w.]+)": lambda', files_in("hostile-objects.txt")["tests/test_hostile.py"], re.MULTILINE)  # fmt: skip


@pytest.mark.parametrize("args", [(), ("--this-tests-observe",)], ids=["declared", "observed"])
def test_no_hostile_object_crashes_a_session_or_is_recorded_wrongly(project, args):
    this_tests(this_tests, "this_tests.pytest_plugin")
    project.write(files_in("hostile-objects.txt"))
    done = project.run_apart("-q", "-W", "error", *args)
    assert done.ret == 0
    assert not any(line.startswith("this-tests: ") for line in done.outlines)
    declared = {name: tests for name, tests in project.links.items() if tests}
    assert declared == {key: ["test_recorded"] for key in sorted(RECORDED)}
    # Some of the objects are made by calling a class, which is seen.
    assert project.registry.callables.keys() <= {*RECORDED, "mylib.Thing"}
