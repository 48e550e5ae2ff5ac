"""No test whose outcome changes is left out, in projects that were written to make it so."""

import importlib
import os
import re
import time

import pytest
from adversarial_projects import PROJECTS, named

from this_tests import this_tests
from this_tests.pytest_plugin.deselection import Selecting

pytestmark = pytest.mark.slow


def _outcomes(result):
    """Return the outcomes of all tests, by node id without the file."""
    found = {}
    for report in result.reprec.getreports("pytest_runtest_logreport"):
        name = report.nodeid.partition("::")[2]
        worst = report.outcome + (" as expected" if hasattr(report, "wasxfail") else "")
        if found.get(name, "passed") == "passed":
            found[name] = worst
    return found


def _apply(suite, edit):
    """Change the files; in a copy of Python's, they'd look the same if their time were, too."""
    for path, change in edit.items():
        if change is None:
            (suite.root / path).unlink()
            continue
        if isinstance(change, str):
            suite.write({path: change})
        else:
            suite.edit(path, *change)
        later = time.time() + 10
        os.utime(suite.root / path, (later, later))
    importlib.invalidate_caches()


def _reasons(suite):
    """Return why tests are selected, by node id without the file, and the headline.

    The one test that is run to see whether a module can still be imported may be any, and is left out.
    """
    result = suite.project.run("--collect-only", "-q", "--this-tests-changed", "--this-tests-explain")
    told = (re.fullmatch(r"  \S+\.\w+::(\S+): (.*)", line) for line in result.outlines)
    found = {match[1]: match[2] for match in told if match}
    return (
        {
            test: reason
            for test, reason in found.items()
            if not re.match(r"imports .*, which changed", reason)
        },
        next(line for line in result.outlines if line.startswith("this-tests:")),
    )


def _cases():
    for name, adversary in PROJECTS.items():
        marks = [pytest.mark.xfail(strict=True, reason=adversary.escapes)] if adversary.escapes else []
        yield pytest.param(name, marks=marks)


@pytest.mark.parametrize("name", list(_cases()))
def test_no_outcome_changes_unnoticed(name, suite):
    this_tests(Selecting)
    library = f"lib{list(PROJECTS).index(name)}"
    adversary = named(PROJECTS[name], library)
    suite.project.configure(f'library = ["{library}"]\nmissing = "ignore"', adversary.options)
    suite.write(adversary.files)
    for path, target in adversary.links.items():
        (suite.root / path).symlink_to(target)
    suite.commit()
    before = _outcomes(suite.project.run("--this-tests-observe"))
    _apply(suite, adversary.edit)
    chosen, headline = _reasons(suite)
    after = _outcomes(suite.project.run())
    noticing = {test for test in before.keys() & after.keys() if before[test] != after[test]}
    assert noticing == set(adversary.noticing.split())
    assert noticing <= chosen.keys(), headline
    assert adversary.everything or "test_other" not in chosen, headline
