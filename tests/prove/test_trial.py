"""Trials: which tests run with what in the place of a body, and what comes of it."""

import pytest

from this_tests import this_tests
from this_tests.prove.trial import Ran, Run, Target, Verdict, trial

TESTS = tuple(f"t.py::test_{number}" for number in range(20))
INTACT = dict.fromkeys(TESTS, "passed")


def judged(
    target, outcomes, *, intact=INTACT, entered=TESTS, labels=("returns None", "returns 0"), **options
):
    """Return the verdict, and the runs that were made.

    Args:
        outcomes: By replacement and test, how it ends; else it passes.
    """
    runs = []
    steps = trial(target, **options)
    run = next(steps)
    while True:
        runs.append(run)
        ran = Ran(labels=list(labels), entered=list(entered))
        for test in run.tests:
            ends = outcomes.get((run.replacement, test), "passed") if run.replacement else intact[test]
            ran.outcomes[test] = ends
            if ends not in ("passed", "unsuited") and not run.all_tests:
                break
        try:
            run = steps.send(ran)
        except StopIteration as end:
            return end.value, runs


def test_the_first_test_is_often_enough():
    this_tests(trial)
    outcomes = {("returns None", TESTS[0]): "failed", ("returns 0", TESTS[0]): "hung"}
    verdict, runs = judged(Target("m:f", TESTS), outcomes)
    assert verdict == Verdict("m:f", ["returns None", "returns 0"], {TESTS[0]: [0, 1]}, {TESTS[0]: "hung"})
    assert [(run.replacement, run.tests) for run in runs] == [
        ("", TESTS[:1]),
        ("returns None", [TESTS[0]]),
        ("returns 0", [TESTS[0]]),
    ]


def test_what_is_noticed_is_not_tried_with_further_tests():
    this_tests(trial, Run)
    outcomes = {("returns None", TESTS[0]): "failed", ("returns 0", TESTS[2]): "failed"}
    verdict, runs = judged(Target("m:f", TESTS), outcomes)
    assert verdict.unnoticed == []
    assert [run.replacement for run in runs] == ["", "returns None", "returns 0", "", "returns 0"]
    assert verdict.unaware == [TESTS[1]]


def test_what_nobody_notices_is_tried_with_all_tests():
    this_tests(trial)
    verdict, _ = judged(Target("m:f", TESTS), {})
    assert verdict.unnoticed == ["returns None", "returns 0"]
    assert verdict.unaware == [*TESTS]
    assert not verdict.noticed


def test_all_tests_run_on_request():
    this_tests(trial)
    outcomes = {("returns None", TESTS[0]): "failed", ("returns None", TESTS[7]): "failed"}
    verdict, _ = judged(Target("m:f", TESTS), outcomes, labels=["returns None"], all_tests=True)
    assert verdict.noticed == {TESTS[0]: [0], TESTS[7]: [0]}
    assert len(verdict.unaware) == len(TESTS) - 2


def test_a_test_that_fails_with_the_body_intact_counts_for_nothing():
    this_tests(trial)
    verdict, runs = judged(Target("m:f", TESTS[:2]), {}, intact={**INTACT, TESTS[0]: "failed"})
    assert TESTS[0] not in {test for run in runs if run.replacement for test in run.tests}
    assert verdict.unsuited == {TESTS[0]: "failed with the body intact"}
    assert not verdict.problem


def test_a_test_in_which_nothing_was_executed_counts_for_nothing():
    """A cache has the result, or a fixture of another test did it."""
    this_tests(trial)
    outcomes = {("returns None", TESTS[0]): "failed"}
    verdict, _ = judged(Target("m:f", TESTS[:1]), outcomes, entered=())
    assert not verdict.noticed
    assert verdict.problem == f"no test of it can be used: {TESTS[0]} did not execute it by itself"


def test_what_cannot_be_replaced_is_told():
    this_tests(trial)
    steps = trial(Target("m:f", TESTS))
    next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(Ran(problem="it is written in C"))
    assert end.value.value.problem == "it is written in C"
