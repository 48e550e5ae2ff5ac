"""What rows of one test show together: functions and outcomes that depend on the order of tests."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from this_tests import this_tests
from this_tests.observations.file import add, load, write
from this_tests.observations.observations import Observations, learned, merged
from this_tests.observations.relation import CALL, SETUP, TEARDOWN, RelationBuilder
from this_tests.observations.snapshots import Snapshot
from this_tests.observations.unsteady import Unsteady, compared, existing
from this_tests.source.fingerprint import Outline

NOTHING = Unsteady()
COMPUTES = {"t.py::a": {"lib:get": CALL, "lib:compute": CALL}, "t.py::b": {"lib:get": CALL}}
USES = {"t.py::a": {"lib:get": CALL}, "t.py::b": {"lib:get": CALL, "lib:compute": CALL}}


def seen(tests, session, *, failed=(), files=None, packages="1", environment="here"):  # noqa: PLR0913  # what sessions differ in
    """Return what one session saw."""
    builder = RelationBuilder(session)
    for test, functions in tests.items():
        outcome = "failed" if test in failed else "passed"
        builder.add(test, functions.keys(), functions.values(), outcome)
    files = {"lib.py": "1", "t.py": "1", **(files or {})}
    names = {function: (session, function) for one in tests.values() for function in one}
    return Observations({environment: builder.relation()}, names, {session: Snapshot(files, packages)})


def shown(*parts):
    """Return what is unsteady in *parts*."""
    return learned(parts).unsteady.get("here", NOTHING)


def test_what_a_test_executes_in_one_order_and_not_in_another_is_unsteady():
    this_tests(learned, compared)
    found = learned([seen(COMPUTES, 1), seen(USES, 2)])
    assert found.unsteady == {"here": Unsteady(frozenset({"lib:compute"}))}


def test_the_rows_are_united_as_of_the_newer_session():
    this_tests(learned)
    found = learned([seen(COMPUTES, 1), seen(USES, 2)]).of("here")
    assert found.tests_of("lib:compute") == {"t.py::a", "t.py::b"}
    assert {row.session for row in found.rows.values()} == {2}


@pytest.mark.parametrize(
    "second",
    [
        seen(COMPUTES, 2),
        seen(USES, 2, files={"lib.py": "2"}),
        seen(USES, 2, files={"other.py": "new"}),
        seen(USES, 2, packages="2"),
        seen(USES, 2, environment="there"),
        seen(USES, 2, failed=USES),
        Observations(seen(USES, 2).relations),
    ],
    ids=["same", "other code", "new file", "other packages", "other Python", "failed", "unknown code"],
)
def test_other_code_and_tests_that_fail_make_no_function_unsteady(second):
    this_tests(learned)
    assert not shown(seen(COMPUTES, 1), second).functions


def test_files_that_are_no_code_may_differ():
    this_tests(learned)
    assert shown(seen(COMPUTES, 1), seen(USES, 2, files={"test_registry.json": "2"}))


def test_a_test_that_passes_in_one_order_only_depends_on_it():
    this_tests(learned)
    found = learned([seen(COMPUTES, 1), seen(USES, 2, failed={"t.py::b"})])
    assert found.unsteady["here"] == Unsteady(frozenset({"lib:compute"}), frozenset({"t.py::b"}))
    assert not shown(seen(COMPUTES, 1), seen(USES, 2, failed={"t.py::b"}, files={"lib.py": "2"})).tests


def test_a_run_that_fails_in_between_hides_nothing():
    this_tests(learned)
    failing = seen(USES, 2, failed=USES)
    found = reduce(lambda a, b: learned([a, b]), [seen(COMPUTES, 1), failing, seen(USES, 3)])
    assert found.unsteady["here"].functions == {"lib:compute"}


def test_only_outermost_functions_count():
    """A change is detected in these; what they return, another test may only call."""
    this_tests(compared)
    one = {"t.py::a": {"lib:f": CALL, "lib:f.<locals>.g": CALL, "lib:h.<locals>.g": CALL}}
    assert shown(seen(one, 1), seen({"t.py::a": {"lib:f": CALL}}, 2)).functions == {"lib:h"}


def test_what_only_teardowns_execute_moves_with_the_last_test():
    this_tests(compared)
    first = {"t.py::a": {"lib:close": TEARDOWN, "lib:open": SETUP | TEARDOWN}}
    assert shown(seen(first, 1), seen({"t.py::a": {}}, 2)).functions == {"lib:open"}


def test_files_of_two_machines_side_by_side_show_it_too(tmp_path):
    this_tests(load)
    write(tmp_path, "one", seen(COMPUTES, 1))
    write(tmp_path, "two", seen(USES, 2))
    assert load(tmp_path).unsteady["here"].functions == {"lib:compute"}


def test_it_is_kept_when_the_code_changes(tmp_path):
    this_tests(add)
    for session, tests in enumerate([COMPUTES, USES], 1):
        add(tmp_path, f"{session}", seen(tests, session))
    add(tmp_path, "later", seen(USES, 3, files={"other.py": "1"}))
    found = load(tmp_path)
    assert found.unsteady["here"].functions == {"lib:compute"}
    assert found.of("here").tests_of("lib:compute") == {"t.py::b"}


def test_it_is_dropped_with_its_code(tmp_path):
    this_tests(add, existing)
    write(tmp_path, "old", Observations(unsteady={"here": Unsteady(frozenset({"lib:get", "lib:gone"}))}))
    outlines = {"2": Outline({"get": "1"}, "", "")}
    found = add(tmp_path, "new", seen(USES, 2, files={"lib.py": "2"}), outlines=lambda _: outlines)
    assert found.unsteady["here"].functions == {"lib:get"}


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({"src/pkg/mod.py": "a"}, True),
        ({"src/pkg/mod/__init__.py": "a"}, True),
        ({"src/pkg/mod.py": "b"}, False),
        ({"src/pkg/mod.py": "b", "old/pkg/mod.py": "a"}, True),
        ({"src/pkg/mod.py": "cannot be parsed"}, True),
        ({"renamed/by/package_dir.py": "b"}, True),
        ({"src/other_pkg/mod.py": "b"}, True),
    ],
)
def test_what_cannot_be_found_is_not_gone(files, left):
    this_tests(existing)
    outlines = {"a": Outline({"C.f": "1"}, "", ""), "b": Outline({"g": "1"}, "", "")}
    assert existing(["pkg.mod:C.f"], files, outlines) == ({"pkg.mod:C.f"} if left else set())


def test_tests_that_are_gone_depend_on_nothing():
    this_tests(Observations.only)
    known = Observations(unsteady={"here": Unsteady(tests=frozenset({"t.py::a"}))})
    assert known.only(lambda test: test == "t.py::a").unsteady
    assert not known.only(lambda _: False).unsteady


def test_an_audit_begins_anew(tmp_path):
    """Its first session replaces rows and is not compared with them; the next ones are."""
    this_tests(add, Observations.without_unsteady)
    stale = Unsteady(frozenset({"lib:get"}), frozenset({"t.py::a"}))
    write(tmp_path, "old", seen(COMPUTES, 1))
    write(tmp_path, "known", Observations(unsteady={"here": stale, "there": stale}))
    first = add(tmp_path, "first", seen(USES, 2), anew=True)
    assert first.unsteady == {"there": stale}
    assert first.of("here").tests_of("lib:compute") == {"t.py::b"}
    second = add(tmp_path, "second", seen(COMPUTES, 3))
    assert second.unsteady == {"here": Unsteady(frozenset({"lib:compute"})), "there": stale}


functions = st.dictionaries(
    st.sampled_from([f"lib:f{number}" for number in range(5)]),
    st.sampled_from([CALL, SETUP | CALL, TEARDOWN]),
    max_size=4,
)
tests = st.dictionaries(st.sampled_from(["t.py::a", "t.py::b[1]"]), functions, max_size=2)
failing = st.sets(st.sampled_from(["t.py::a", "t.py::b[1]"]))
steps = st.lists(st.tuples(tests, failing), min_size=2, max_size=4)


def all_said(found):
    """Return what is unsteady, and the functions that tests executed in runs that passed."""
    relation = found.of("here")
    rows = {
        test: (row.session, {relation.table[position] for position in row.functions})
        for test, row in relation.passing()
    }
    return found.unsteady, rows, {test: row.outcome for test, row in relation.rows.items()}


@pytest.mark.slow
@given(steps, st.randoms(use_true_random=False))
def test_sessions_of_equal_code_teach_the_same_in_any_order(steps, chance):
    this_tests(learned)
    parts = [seen(tests, session, failed=failed) for session, (tests, failed) in enumerate(steps, 1)]
    expected = all_said(learned(parts))[0]
    left = list(parts)
    while len(left) > 1:  # Any two meet first, and any of them once more.
        one, other = (left.pop(chance.randrange(len(left))) for _ in range(2))
        left.append(learned([one, other, chance.choice(parts)]))
    assert all_said(learned([*left, *parts]))[0] == all_said(left[0])[0] == expected


@pytest.mark.slow
@given(st.lists(st.tuples(tests, failing, st.sampled_from("12")), min_size=1, max_size=4))
def test_what_was_learned_adds_to_the_merge_and_takes_nothing(steps):
    this_tests(learned, merged)
    parts = [
        seen(tests, session, failed=failed, files={"lib.py": code})
        for session, (tests, failed, code) in enumerate(steps, 1)
    ]
    plain, found = merged(parts), learned(parts)
    assert all_said(learned(reversed(parts))) == all_said(learned([*parts, *parts])) == all_said(found)
    assert all_said(merged([plain, found])) == all_said(found)
    for test, (session, names) in all_said(plain)[1].items():
        assert found.of("here").rows.keys() == plain.of("here").rows.keys()
        assert all_said(found)[1][test][0] == session
        assert all_said(found)[1][test][1] >= names
