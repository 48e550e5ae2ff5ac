"""The findings of a file in the editor are those of the check."""

import pytest

from this_tests import this_tests
from this_tests.check.baseline import Baseline
from this_tests.cli.check_run import CheckRequest, run_check
from this_tests.language_server.diagnostics import Gate
from this_tests.language_server.project import EditedProject
from this_tests.settings import find_project

SUITE = """
    @pytest.fixture
    def helping(): this_tests(mylib.add)
    def test_declared(helping): pass
    def test_missing(): pass
    def test_suppressed(): pass  # this-tests: off
    def test_unknown(): this_tests("mylib.nonsense")
    class TestMore:
        def test_shared(self, shared): pass
        def test_na(self): this_tests("na")
    @pytest.mark.this_tests(mylib.add)
    def test_bare(): pass
"""


@pytest.mark.parametrize("table", ['library = ["mylib"]', 'library = ["mylib"]\nmissing = "ignore"'])
@pytest.mark.parametrize("recorded", [True, False])
def test_files_one_by_one_have_the_findings_of_the_check(project, monkeypatch, table, recorded):
    this_tests(Gate.findings)
    project.configure(table)
    project.tests("def test_gone(): this_tests(mylib.add)\ndef test_observed(): mylib.subtract(1, 2)\n")
    if recorded:
        project.run("--this-tests-observe")
    project.tests(SUITE)
    project.tests("def test_other(): this_tests(mylib.sub.deep)", "tests/sub/test_other.py")
    project.write({"tests/conftest.py": "import pytest, mylib\nfrom this_tests import this_tests\n"
                   "@pytest.fixture\ndef shared(): this_tests(mylib.add)\n"})  # fmt: skip
    monkeypatch.syspath_prepend(project.root)
    found = find_project(project.root)
    request = CheckRequest(api=True, missing=found.settings.missing != "ignore")
    whole = run_check(found, None, request).findings
    edited = EditedProject(found, {}, pytest.fail)
    gate = Gate(edited, pytest.fail)
    monkeypatch.setattr(gate, "_baseline", lambda: Baseline({}))
    documents = filter(None, map(edited.document, sorted(project.root.rglob("*.py"))))
    single = [finding for document in documents for finding in gate.findings(document) or ()]
    assert sorted(single) == sorted(whole)
    assert {"untested", "unknown-name"} <= {finding.rule for finding in single}
