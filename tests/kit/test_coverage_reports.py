"""A plain ``--cov`` reports in the terminal, and as XML and HTML below ``./coverage``."""

import pytest

from this_tests import this_tests
from this_tests.kit.coverage_reports import add_coverage_reports

pytestmark = pytest.mark.slow

FILES = {
    "coverage/coverage.xml",
    "coverage/html/index.html",
    "coverage.xml",
    "htmlcov/index.html",
    "page/index.html",
}


def reported(project, *arguments):
    """Return which files a run of the tests writes, and whether its output has the table."""
    project.tests("def test_it(): assert mylib.add(1, 2) == 3")
    result = project.run_apart("--cov=mylib", *arguments)
    assert result.ret == 0
    return {name for name in FILES if (project.root / name).exists()}, "TOTAL" in result.stdout.str()


@pytest.mark.parametrize("by", ["addopts", "conftest.py"])
def test_all_three_are_written_where_nothing_else_is_set(kit, by):
    this_tests(add_coverage_reports)
    if by == "conftest.py":
        kit.configure()
        kit.write({"conftest.py": "pytest_plugins = ['this_tests.kit']"})
    assert reported(kit) == ({"coverage/coverage.xml", "coverage/html/index.html"}, True)


def test_a_report_that_is_named_is_the_only_one(kit):
    this_tests(add_coverage_reports)
    assert reported(kit, "--cov-report=xml") == ({"coverage.xml"}, False)


def test_a_path_that_the_project_has_set_is_kept(kit):
    this_tests(add_coverage_reports)
    kit.write({".coveragerc": "[html]\ndirectory = page\n"})
    assert reported(kit) == ({"coverage/coverage.xml", "page/index.html"}, True)
