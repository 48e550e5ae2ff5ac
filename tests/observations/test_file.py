"""The relation of tests and functions: what it answers, how parts merge, what a file costs."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from this_tests import this_tests
from this_tests.observations.file import Relation, RelationBuilder, load, merge_parts, write
from this_tests.observations.relation import BODY, CALL, DIRECT, SETUP, united

names = st.sampled_from([f"mylib.m:f{number}" for number in range(9)])
executed = st.dictionaries(names, st.sampled_from([CALL, SETUP | CALL, CALL | DIRECT | BODY]), max_size=6)
runs = st.dictionaries(st.sampled_from(["t.py::a", "t.py::b[1]", "t.py::c"]), executed, max_size=3)


def relation(tests, session=1):
    builder = RelationBuilder(session)
    for test, functions in tests.items():
        builder.add(test, functions.keys(), functions.values(), "passed")
    return builder.relation()


def said(relation):
    return {
        test: (dict(relation.flags_of(test)), relation.outcome(test), relation.rows[test].session)
        for test in relation.tests
    }


relations = st.builds(relation, runs, st.integers(1, 3))
ONE = {"t.py::a": {"mylib:f": CALL | DIRECT, "mylib:g": SETUP}, "t.py::b": {"mylib:g": CALL}}


def test_it_answers_both_ways():
    this_tests(Relation, Relation.functions_of, Relation.tests_of)
    one = relation(ONE)
    assert one.functions_of("t.py::a") == {"mylib:f", "mylib:g"}
    assert one.tests_of("mylib:g") == {"t.py::a", "t.py::b"}
    assert one.tests == {"t.py::a", "t.py::b"}
    assert one.functions == {"mylib:f", "mylib:g"}
    assert (len(one), one.outcome("t.py::a"), one.outcome("unknown")) == (3, "passed", "")
    assert one.functions_of("unknown") == one.tests_of("unknown") == frozenset()


@pytest.mark.slow
@given(relations)
def test_what_is_written_is_read(tmp_path_factory, one):
    this_tests(write, load)
    folder = tmp_path_factory.mktemp("cache")
    write(folder, "a", one)
    assert said(load(folder)) == said(one)


@given(relations, relations, relations)
def test_parts_merge_in_any_order_and_more_than_once(a, b, c):
    this_tests(united, Relation.__or__)
    assert said((a | b) | c) == said(a | (b | c))
    assert said(a | b) == said(b | a)
    assert said(a | a) == said(a)


def test_a_newer_run_replaces_the_tests_that_it_ran(tmp_path):
    this_tests(load)
    write(tmp_path, "old", relation(ONE, session=1))
    write(tmp_path, "new", relation({"t.py::a": {"mylib:h": CALL}}, session=2))
    assert load(tmp_path).functions_of("t.py::a") == {"mylib:h"}
    assert load(tmp_path).functions_of("t.py::b") == {"mylib:g"}


def test_what_only_replaced_rows_named_is_forgotten(tmp_path):
    this_tests(merge_parts)
    write(tmp_path, "old", relation({"t.py::a": {"mylib:gone": CALL}}, session=1))
    write(tmp_path, "new", relation({"t.py::a": {"mylib:f": CALL}}, session=2))
    assert merge_parts(tmp_path, "all").table == ("mylib:f",)


def test_merged_parts_become_one_file(tmp_path):
    this_tests(merge_parts)
    write(tmp_path, "old", relation(ONE, session=1))
    write(tmp_path, "new", relation({"t.py::a": {"mylib:h": CALL}}, session=2))
    before = said(load(tmp_path))
    assert said(merge_parts(tmp_path, "all")) == before == said(load(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["all.observed"]


def test_what_a_session_brings_is_merged_with_what_is_there(tmp_path):
    this_tests(merge_parts)
    write(tmp_path, "old", relation(ONE, session=1))
    new = relation({"t.py::a": {"mylib:h": CALL}}, session=2)
    assert said(merge_parts(tmp_path, "new", new)) == said(load(tmp_path))
    assert load(tmp_path).functions_of("t.py::a") == {"mylib:h"}
    assert load(tmp_path).functions_of("t.py::b") == {"mylib:g"}
    assert [path.name for path in tmp_path.iterdir()] == ["new.observed"]


def test_a_part_that_cannot_be_read_stays_and_affects_no_other(tmp_path):
    this_tests(merge_parts)
    (tmp_path / "bad.observed").mkdir()
    notices = []
    merge_parts(tmp_path, "new", relation(ONE), notice=notices.append)
    assert [notice.partition(" in ")[0] for notice in notices] == ["bad.observed"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.observed", "new.observed"]


def test_tests_that_are_gone_are_dropped_on_the_way(tmp_path):
    this_tests(merge_parts)
    write(tmp_path, "old", relation(ONE))
    assert merge_parts(tmp_path, "all", keep=lambda test: test != "t.py::a").tests == {"t.py::b"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-9],
        lambda _: b"foreign",
        lambda _: b"",
        lambda data: data[:60] + b"x" + data[61:],
    ],
    ids=["incomplete", "foreign", "empty", "flipped"],
)
def test_an_incomplete_or_foreign_file_is_left_out_with_a_notice(tmp_path, spoil):
    this_tests(load)
    write(tmp_path, "good", relation(ONE))
    bad = write(tmp_path, "bad", relation({"t.py::z": {"mylib:f": CALL}}))
    bad.write_bytes(spoil(bad.read_bytes()))
    notices = []
    assert load(tmp_path, notices.append).tests == {"t.py::a", "t.py::b"}
    assert [notice.partition(" in ")[0] for notice in notices] == ["bad.observed"]


def test_no_folder_is_an_empty_relation(tmp_path):
    this_tests(load)
    assert load(tmp_path / "none") == Relation()


def test_writing_leaves_nothing_beside_the_file(tmp_path):
    this_tests(write)
    write(tmp_path, "a", relation(ONE))
    write(tmp_path, "a", relation(ONE, session=2))
    assert [path.name for path in tmp_path.iterdir()] == ["a.observed"]


def test_a_pair_takes_at_most_four_bytes(tmp_path):
    """Here at 200,000 pairs, chosen at random, which packs worst; 5,000,000 take less each."""
    this_tests(write)
    functions = [f"mylib.sub{number % 97}:Class{number % 501}.method_{number}" for number in range(20_000)]
    chance = random.Random(1)
    builder = RelationBuilder(1)
    for number in range(1_200):
        chosen = chance.sample(functions, 167)
        builder.add(f"tests/test_{number % 30}.py::test_{number}", chosen, bytes(167), "passed")
    one = builder.relation()
    assert write(tmp_path, "a", one).stat().st_size / len(one) <= 4
