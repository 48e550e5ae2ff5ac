"""Full runs that observe compare what the selection would have chosen with the outcomes that changed."""

import pytest

from this_tests import this_tests
from this_tests.observations.audits import LISTED, Audit, Missed
from this_tests.observations.file import load_audits
from this_tests.observations.relation import CALL, RelationBuilder
from this_tests.selection.audit import Foreseen, audited
from this_tests.selection.audit_lines import ADVICE, audit_sentence, missed_lines, started
from this_tests.selection.impact import Impact
from this_tests.selection.tests_to_run import what_changed

TESTS = {
    "tests/test_it.py": """
        import os
        import mylib

        def test_add():
            assert mylib.add(1, 1) == 2

        def test_run():
            assert mylib.Thing().run()

        def test_mode():
            assert os.environ.get("MODE", "plain") == "plain"
    """,
    "tests/other/test_other.py": """
        import mylib

        def test_subtract():
            assert mylib.subtract(2, 1) == 1
    """,
    # Which sessions compute what the selection would choose.
    "conftest.py": """
        def pytest_terminal_summary(terminalreporter, config):
            computes = config.pluginmanager.has_plugin("this_tests_selection_audit")
            terminalreporter.write_line(f"computes: {computes}")
    """,
}
START, THEN, NOW = 1_000_000_000, 2_000_000_000, 3_000_000_000


@pytest.fixture
def observed(suite):
    """Return a committed project that observes, and whose tests ran."""
    suite.project.configure('library = ["mylib"]\nmissing = "ignore"\nobserve = true')
    suite.write(TESTS)
    suite.commit()
    suite.project.run_apart().assert_outcomes(passed=4)
    return suite


def audit_of(suite, *arguments):
    """Return the lines of a session about the selection, and the audits that are stored."""
    result = suite.project.run_apart(*arguments)
    start = "this-tests: the selection would have"
    lines = [*result.outlines, ""]
    at = next((number for number, line in enumerate(lines) if line.startswith(start)), -1)
    return lines[at : at + 3], [*load_audits(suite.folder).values()]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_full_run_tells_what_the_selection_would_have_run_and_missed(observed, monkeypatch, workers):
    this_tests(
        "this_tests.pytest_plugin.selection_audit.SelectionAudit",
        "this_tests.selection.change_selection.ChangeSelection",
        audited,
    )
    observed.edit("mylib/_impl.py", "return a + b", "return a + b + 1")
    lines, audits = audit_of(observed, *workers)
    assert audits == [Audit(4, 1, 1)]
    assert lines[0] == (
        "this-tests: the selection would have run 1 of 4 tests and missed none (last full run)"
    )

    monkeypatch.setenv("MODE", "other")  # No change of a file: the selection cannot see it.
    observed.edit("mylib/_impl.py", "return 1", "return 5")
    lines, (_, audit) = audit_of(observed, *workers)
    # The test that failed is chosen in any case.
    assert (audit.tests, audit.chosen, audit.changed, audit.missed) == (4, 2, 1, 1)
    (missed,) = audit.misses
    assert (missed.test, missed.before, missed.now, missed.changed) == (
        "tests/test_it.py::test_mode",
        "passed",
        "failed",
        "1 changed function: mylib._impl.Thing.run",
    )
    assert lines[0] == (
        "this-tests: the selection would have run 3 of 8 tests and missed 1 (last 2 full runs)"
    )
    assert lines[1].startswith("  tests/test_it.py::test_mode: passed on ")
    assert lines[2] == ADVICE


@pytest.mark.slow
def test_a_narrowed_run_and_one_where_nothing_changed_are_not_audited(observed):
    this_tests("this_tests.pytest_plugin.controller.Controller")
    result = observed.project.run_apart()
    result.stdout.fnmatch_lines(["computes: False"])
    observed.edit("mylib/_impl.py", "return 1", "return 5")
    for arguments in (["-k", "test_add"], ["tests/test_it.py::test_run"], ["tests/other/test_other.py"]):
        observed.project.run_apart(*arguments).stdout.fnmatch_lines(["computes: False"])
    # The command line does not show it; the collection does.
    observed.edit("mylib/_impl.py", "return 5", "return 6")
    for arguments in (["tests/other"], ["--ignore=tests/other"]):
        observed.project.run_apart(*arguments).stdout.fnmatch_lines(["computes: True"])
    assert load_audits(observed.folder) == {}


@pytest.mark.slow
def test_a_run_that_stops_early_is_not_audited(observed):
    this_tests("this_tests.pytest_plugin.observation_finish.ObservationFinish")
    observed.edit("mylib/_impl.py", "return a + b", "return a + b + 1")
    observed.edit("mylib/_impl.py", "return a - b", "return a - b + 1")
    assert audit_of(observed, "-x")[1] == []
    # What ran since, in parts, was observed with this code; the others were not.
    assert audit_of(observed, "tests")[1] == [Audit(4, 2, 1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "workers", "told"),
    [
        ("selection.change_selection.ChangeSelection.choose", (), "pytest_collection_finish: TypeError: *"),
        (
            "selection.change_selection.ChangeSelection.choose",
            ("-n", "1"),
            "pytest_collection_finish: TypeError: *",
        ),
        ("pytest_plugin.observation_finish.audited", (), "the audit failed: TypeError: *"),
    ],
)
def test_a_failing_audit_fails_no_session(observed, broken, workers, told):
    this_tests("this_tests.pytest_plugin.selection_audit.SelectionAudit")
    observed.edit("mylib/_impl.py", "return 1", "return 5")
    module = ".".join(broken.split(".")[:2])
    observed.write({"conftest.py": f"import this_tests.{module}\nthis_tests.{broken} = None\n"})
    result = observed.project.run_apart(*workers)
    result.assert_outcomes(passed=4)
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"this-tests: {told}"])
    result.stdout.fnmatch_lines(["test_observations: 4 callables executed by tests"])
    assert load_audits(observed.folder) == {}


def ran(outcomes, session):
    builder = RelationBuilder(session)
    for test, outcome in outcomes.items():
        builder.add(test, ["mylib:f"], [CALL], outcome)
    return builder.relation()


def test_a_changed_outcome_of_a_test_that_would_not_be_chosen_is_a_miss():
    this_tests(audited)
    foreseen = Foreseen(5, frozenset("b"), {START: "1 changed function: mylib.f", THEN: ""})
    known = [
        ran({"a": "passed", "b": "passed", "c": "passed", "same": "xfailed"}, START),
        ran({"c": "xfailed"}, THEN),
    ]
    now = ran({"a": "failed", "b": "failed", "c": "passed", "same": "xfailed", "new": "failed"}, NOW)
    assert audited(foreseen, known, now) == Audit(
        5,
        1,
        3,
        2,
        (
            Missed("a", "passed", "failed", START, "1 changed function: mylib.f"),
            Missed("c", "xfailed", "passed", THEN),
        ),
    )


def test_what_another_session_observed_in_the_meantime_is_no_miss():
    this_tests(audited)
    foreseen = Foreseen(2, frozenset(), {START: "x"})
    known = [ran({"a": "passed", "b": "passed"}, START), ran({"a": "passed"}, THEN)]
    assert audited(foreseen, known, ran({"a": "failed", "b": "passed"}, NOW)) == Audit(2, 0, 1)


@pytest.mark.parametrize("since", [{START: ""}, {}])
def test_without_another_code_there_is_nothing_to_audit(since):
    this_tests(audited)
    known = [ran({"a": "passed"}, START)]
    assert audited(Foreseen(1, frozenset(), since), known, ran({"a": "failed"}, NOW)) is None


def test_many_misses_are_counted_and_some_are_listed():
    this_tests(audited, missed_lines)
    tests = [f"t.py::test_{number:02}" for number in range(LISTED + 2)]
    known = [ran(dict.fromkeys(tests, "passed"), START)]
    foreseen = Foreseen(LISTED + 2, frozenset(), {START: "x"})
    found = audited(foreseen, known, ran(dict.fromkeys(tests, "failed"), NOW))
    assert (found.missed, len(found.misses)) == (LISTED + 2, LISTED)
    lines = [*missed_lines(NOW, found)]
    assert lines[0] == (
        f"t.py::test_00: passed on {started(START)}, failed on {started(NOW)}; changed in between: x"
    )
    assert lines[-1] == "and 2 more"


def test_the_sentence_sums_all_audits():
    this_tests(audit_sentence)
    assert audit_sentence({START: Audit(1, 0)}) == (
        "the selection would have run 0 of 1 test and missed none (last full run)"
    )
    assert audit_sentence({START: Audit(900, 61, 3, 1), THEN: Audit(920, 0)}) == (
        "the selection would have run 61 of 1,820 tests and missed 1 (last 2 full runs)"
    )


@pytest.mark.parametrize(
    ("impact", "words"),
    [
        (Impact(everything="setup.py changed"), "setup.py changed"),
        (Impact(functions=frozenset({"mylib:f"})), "1 changed function: mylib.f"),
        (
            Impact(functions=frozenset({"mylib:f"}), changed=frozenset({"mylib.A"})),
            "1 changed function: mylib.f; what uses 1 changed name: mylib.A",
        ),
        (
            Impact(aside=frozenset({"a.md"})),
            "nothing that tests depend on; set aside: a.md (no test uses it)",
        ),
    ],
)
def test_what_changed_is_told_in_the_words_of_the_headline(impact, words):
    this_tests(what_changed)
    assert what_changed(impact) == words
