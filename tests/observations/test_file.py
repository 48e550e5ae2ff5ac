"""Observations: what the relation answers, how parts merge, and their files."""

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from this_tests import this_tests
from this_tests.observations import audits, sections
from this_tests.observations.audits import Audit, Missed, united_audits
from this_tests.observations.evidence import load_summary
from this_tests.observations.file import add, load, load_audits, load_snapshots, write
from this_tests.observations.observations import Observations, merged
from this_tests.observations.relation import BODY, CALL, DIRECT, SETUP, Relation, RelationBuilder, united
from this_tests.observations.snapshots import Snapshot
from this_tests.observations.unsteady import Unsteady

names = st.sampled_from([f"mylib.m:f{number}" for number in range(9)])
executed = st.dictionaries(names, st.sampled_from([CALL, SETUP | CALL, CALL | DIRECT | BODY]), max_size=6)
runs = st.dictionaries(st.sampled_from(["t.py::a", "t.py::b[1]", "t.py::c"]), executed, max_size=3)


def relation(tests, session=1, outcome="passed"):
    builder = RelationBuilder(session)
    for test, functions in tests.items():
        builder.add(test, functions.keys(), functions.values(), outcome)
    return builder.relation()


def seen(tests, session=1, environment="here"):
    """Return what one session saw."""
    names = {function: (session, function.replace(":", ".")) for one in tests.values() for function in one}
    return Observations({environment: relation(tests, session)}, names)


def said(relation):
    """Return all that a relation says, whatever the order of its table."""
    rows = {
        test: (dict(relation.flags_of(test)), relation.outcome(test), relation.rows[test].session)
        for test in relation.tests
    }
    earlier = {
        test: ({relation.table[position] for position in row.functions}, row.flags, row.session)
        for test, row in relation.earlier.items()
    }
    return rows, {test: (names, sorted(flags), session) for test, (names, flags, session) in earlier.items()}


def all_said(observations):
    """Return all that observations say."""
    relations = {name: said(relation) for name, relation in observations.relations.items()}
    return (
        relations,
        observations.names,
        observations.snapshots,
        observations.outcomes,
        observations.summary(),
        observations.unsteady,
        observations.audits,
        observations.skipped,
    )


outcomes = st.sampled_from(["passed", "xfailed", "failed"])
relations = st.builds(relation, runs, st.integers(1, 3), outcomes)
sessions = st.integers(1, 3)
misses = st.builds(Missed, st.sampled_from(["t.py::a", "t.py::c"]), outcomes, outcomes, sessions)
numbers = st.integers(0, 3)
all_audits = st.dictionaries(
    st.integers(1, 6),
    st.builds(Audit, numbers, numbers, numbers, numbers, st.lists(misses, max_size=2).map(tuple)),
    max_size=4,
)
observations = st.builds(
    Observations,
    relations=st.dictionaries(st.sampled_from(["3.11", "3.13"]), relations, max_size=2),
    names=st.dictionaries(names, st.tuples(sessions, st.sampled_from(["mylib.a", "mylib.b"])), max_size=5),
    # What a session ran is the same in all files.
    snapshots=st.just({number: Snapshot({"mylib/m.py": str(number % 2)}, "here") for number in (1, 2, 3)}),
    outcomes=st.dictionaries(
        st.sampled_from(["3.11", "3.13"]),
        st.dictionaries(st.sampled_from(["t.py::a", "t.py::c"]), st.tuples(sessions, outcomes)),
        max_size=2,
    ),
    unsteady=st.dictionaries(
        st.sampled_from(["3.11", "3.13"]),
        st.builds(
            Unsteady,
            st.frozensets(names, max_size=3),
            st.frozensets(st.sampled_from(["t.py::a", "t.py::c"])),
        ),
        max_size=2,
    ),
    audits=all_audits,
    skipped=st.dictionaries(
        st.sampled_from(["3.11", "3.13"]),
        st.dictionaries(st.sampled_from(["t.py::a", "t.py::c"]), sessions),
        max_size=2,
    ),
)
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
@given(observations)
def test_what_is_written_is_read(tmp_path_factory, one):
    this_tests(write, load)
    folder = tmp_path_factory.mktemp("test_observations")
    write(folder, "a", one)
    assert all_said(load(folder)) == all_said(merged([one]))


@given(relations, relations, relations)
def test_parts_merge_in_any_order_and_more_than_once(a, b, c):
    this_tests(united, Relation.__or__)
    assert said((a | b) | c) == said(a | (b | c))
    assert said(a | b) == said(b | a)
    assert said(a | a) == said(a)


@pytest.mark.slow
@given(observations, observations, observations)
def test_observations_of_machines_merge_in_any_order_and_more_than_once(a, b, c):
    this_tests(merged)
    assert all_said(merged([merged([a, b]), c])) == all_said(merged([a, merged([b, c])]))
    assert all_said(merged([a, b])) == all_said(merged([b, a]))
    assert all_said(merged([a, a])) == all_said(merged([a]))


@given(all_audits, all_audits, all_audits)
def test_the_newest_audits_are_kept_in_whatever_order_parts_merge(a, b, c):
    this_tests(united_audits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audits, "_KEPT", 3)
        found = united_audits([united_audits([a, b]), c])
        assert found == united_audits([a, united_audits([c, b])]) == united_audits([c, found, found])
        assert [*found] == sorted({*a, *b, *c})[-3:]


def test_audits_and_snapshots_are_read_alone(tmp_path):
    this_tests(load_audits, load_snapshots)
    snapshots = {number: Snapshot({"mylib/m.py": f"{number}"}, "here") for number in (1, 2, 3)}
    # Of a test that fails, the last run that passed is kept, too.
    last = united([relation(ONE), relation(ONE, 2, "failed")])
    one = Observations(
        {"here": last, "there": relation(ONE, 3)}, snapshots=snapshots, audits={1: Audit(9, 2)}
    )
    write(tmp_path, "a", one)
    write(tmp_path, "without", seen(ONE, 2))  # As all files were before there were audits.
    write(tmp_path, "b", Observations(audits={2: Audit(9, 3)}))
    assert load_audits(tmp_path) == load(tmp_path).audits == {1: Audit(9, 2), 2: Audit(9, 3)}
    assert load_snapshots(tmp_path, "here") == {2: snapshots[2]}
    assert load_audits(tmp_path / "none") == load_snapshots(tmp_path / "none", "here") == {}


def test_of_a_test_the_latest_run_in_each_environment_counts(tmp_path):
    this_tests(merged, load)
    write(tmp_path, "old", seen(ONE, 1, "3.11"))
    write(tmp_path, "new", seen({"t.py::a": {"mylib:h": CALL}}, 2, "3.11"))
    write(tmp_path, "other", seen({"t.py::a": {"mylib:k": CALL}}, 3, "3.13"))
    found = load(tmp_path)
    assert found.of("3.11").functions_of("t.py::a") == {"mylib:h"}
    assert found.of("3.11").functions_of("t.py::b") == {"mylib:g"}
    assert found.of("3.13").functions_of("t.py::a") == {"mylib:k"}
    assert found.combined().functions_of("t.py::a") == {"mylib:h", "mylib:k"}
    assert found.summary().callables.keys() == {"mylib.g", "mylib.h", "mylib.k"}


def test_a_run_that_fails_leaves_the_evidence_of_the_last_that_passed():
    this_tests(united, Relation.passing)
    good = relation({"t.py::a": {"mylib:f": CALL}}, 1)
    bad = relation({"t.py::a": {"mylib:g": CALL}}, 2, "failed")
    found = united([good, bad])
    assert (found.outcome("t.py::a"), found.functions_of("t.py::a")) == ("failed", {"mylib:g"})
    ((_, row),) = found.passing()
    assert [found.table[position] for position in row.functions] == ["mylib:f"]
    assert not united([found, relation({"t.py::a": {"mylib:g": CALL}}, 3)]).earlier


def test_what_only_replaced_rows_named_is_forgotten(tmp_path):
    this_tests(add)
    write(tmp_path, "old", seen({"t.py::a": {"mylib:gone": CALL}}, 1))
    found = add(tmp_path, "all", seen({"t.py::a": {"mylib:f": CALL}}, 2))
    assert found.of("here").table == ("mylib:f",)
    assert found.names.keys() == {"mylib:f"}


def test_what_a_session_saw_is_merged_with_what_is_there_into_one_file(tmp_path):
    this_tests(add)
    write(tmp_path, "old", seen(ONE, 1))
    found = add(tmp_path, "new", seen({"t.py::a": {"mylib:h": CALL}}, 2))
    assert all_said(found) == all_said(load(tmp_path))
    assert found.of("here").functions_of("t.py::a") == {"mylib:h"}
    assert found.of("here").functions_of("t.py::b") == {"mylib:g"}
    assert files_in(tmp_path) == ["new.observed"]


def files_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != ".gitignore")


def test_the_folder_ignores_itself_in_git(tmp_path):
    this_tests(write)
    write(tmp_path / "test_observations", "a", seen(ONE))
    assert (tmp_path / "test_observations" / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("parts", [1, 2])
def test_the_summary_is_that_of_all_files(tmp_path, parts):
    this_tests(load_summary)
    for number in range(parts):
        write(tmp_path, f"{number}", seen({f"t.py::{number}": {"mylib:f": CALL}}))
    assert load_summary(tmp_path) == load(tmp_path).summary()
    assert load_summary(tmp_path).callables["mylib.f"].tests == parts


def test_a_file_that_cannot_be_read_stays_and_affects_no_other(tmp_path):
    this_tests(add)
    (tmp_path / "bad.observed").mkdir()
    notices = []
    add(tmp_path, "new", seen(ONE), notice=notices.append)
    (notice,) = notices
    assert notice.startswith(f"{tmp_path / 'bad.observed'}: cannot be read, and is left out")
    assert files_in(tmp_path) == ["bad.observed", "new.observed"]


def test_tests_that_are_gone_are_dropped_on_the_way(tmp_path):
    this_tests(add)
    write(tmp_path, "old", seen(ONE))
    found = add(tmp_path, "all", Observations(), keep=lambda test: test != "t.py::a")
    assert found.of("here").tests == {"t.py::b"}


def flipped(data):
    middle = len(data) * 2 // 3
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def huge(data):
    """Return a file with names that take much more memory than the file."""
    bomb = zlib.compress(b'{"' + b" " * 2**20)
    directory = b'[["names",%d,%d]]' % (len(bomb), zlib.crc32(bomb))
    return data.partition(b"\n")[0] + b"\n" + len(directory).to_bytes(8, "little") + directory + bomb


SPOILS = {
    "incomplete": lambda data: data[:-9],
    "foreign": lambda _: b"foreign",
    "empty": lambda _: b"",
    "only a head": lambda data: data[:30],
    "flipped": flipped,
    "endless": huge,
    "of a newer version": lambda data: data.replace(b"observations 1", b"observations 9", 1),
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_an_incomplete_or_foreign_file_is_left_out_with_a_notice(tmp_path, monkeypatch, spoil):
    this_tests(load)
    monkeypatch.setattr(sections, "_LARGEST", 2**16)
    write(tmp_path, "good", seen(ONE))
    bad = write(tmp_path, "bad", seen({"t.py::z": {"mylib:f": CALL}}))
    bad.write_bytes(spoil(bad.read_bytes()))
    notices = []
    assert load(tmp_path, notices.append).of("here").tests == {"t.py::a", "t.py::b"}
    assert notices == [f"{bad}: incomplete, or of another version of this-tests, and is left out"]


def test_no_folder_is_no_observations(tmp_path):
    this_tests(load, load_summary)
    assert load(tmp_path / "none") == Observations()
    assert not load_summary(tmp_path / "none").callables


def test_writing_leaves_nothing_beside_the_file(tmp_path):
    this_tests(write)
    write(tmp_path, "a", seen(ONE))
    write(tmp_path, "a", seen(ONE, 2))
    assert files_in(tmp_path) == ["a.observed"]


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
    assert write(tmp_path, "a", Observations({"here": one})).stat().st_size / len(one) <= 4
