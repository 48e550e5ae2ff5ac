"""The registry file: its text, its checks, its lock and its replacement."""

import json
import multiprocessing
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from this_tests import (
    Entry,
    Link,
    Registry,
    RegistryError,
    RegistryNotFoundError,
    Test,
    load,
    merge,
    this_tests,
)
from this_tests.registry.model import Observed
from this_tests.registry.store import decode, encode, rewrite

names = st.text(min_size=1, max_size=8)
links = st.builds(
    Link,
    via=st.sampled_from(["reference", "string", "receiver", "unwrapped", "instance"]),
    receiver=st.sampled_from(["", "pkg.Class"]),
)
examples = st.dictionaries(
    names,
    st.builds(Link, direct=st.booleans(), callables_executed=st.sampled_from([1, 2, 4])),
    min_size=1,
    max_size=5,
)
observed = st.builds(
    lambda examples, more, direct: Observed(
        tests=len(examples) + more + direct,
        direct=sum(link.direct for link in examples.values()) + direct,
        examples=examples,
    ),
    examples,
    st.integers(0, 9),
    st.integers(0, 9),
)
entries = st.builds(
    Entry,
    declared=st.dictionaries(names, links, min_size=1, max_size=3),
    observed=st.one_of(st.just(Observed()), observed),
    inferred=st.dictionaries(names, links, max_size=2),
)
tests = st.builds(
    Test,
    outcome=st.sampled_from(["passed", "xfailed", "failed"]),
    markers=st.sampled_from([(), ("slow",), ("cuda", "slow")]),
)
registries = st.builds(
    Registry,
    callables=st.dictionaries(names, entries, max_size=4),
    tests=st.dictionaries(names, tests, max_size=3),
)


@pytest.mark.slow
@given(registries)
def test_what_tests_declare_is_read_as_it_was_written(registry):
    this_tests(encode, decode, Registry.declared)
    declared = registry.declared()
    assert decode(encode(declared), Path("r.json")) == declared


@pytest.mark.slow
@given(registries)
def test_no_number_and_no_outcome_is_written(registry):
    this_tests(encode)
    text = encode(registry).decode()
    content = json.loads(text)
    fields = {field for entry in content["callables"].values() for field in entry}
    assert fields <= {"declared", "examples", "inferred", "more"}
    assert {field for info in content["tests"].values() for field in info} <= {"markers"}
    found = decode(text.encode(), Path("r.json"))
    assert {name: entry.observed.examples for name, entry in found.callables.items()} == {
        name: entry.observed.examples for name, entry in registry.callables.items()
    }


@pytest.mark.slow
@given(registries)
def test_the_text_is_json_with_sorted_keys(registry):
    this_tests(encode)
    content = json.loads(encode(registry))
    assert list(content["callables"]) == sorted(registry.callables)
    assert list(content["tests"]) == sorted(test for test, info in registry.tests.items() if info.markers)


@pytest.mark.slow
@given(registries, registries, registries)
def test_merging_is_associative_commutative_and_idempotent(a, b, c):
    this_tests(merge)
    assert merge(a, merge(b, c)) == merge(merge(a, b), c) == merge(a, b, c)
    assert merge(a, b) == merge(b, a)
    assert merge(a, a) == a


BAD = {
    "empty": (b"", "Input data was truncated"),
    "incomplete": (b'{"format": 1, "callables": {"a": {', "Input data was truncated"),
    "no JSON": (b"{\n nonsense}", "line 2, column 2: JSON is malformed"),
    "no object": (b"[]", "Expected `object`, got `array`"),
    "wrong type": (
        b'{"format": 1, "callables": {"a": {"declared": {"t": 3}}}, "tests": {}}',
        "$.callables['a'].declared['t']: Expected `object`, got `int`",
    ),
    "unknown key": (b'{"format": 1, "calls": {}}', "Object contains unknown field `calls`"),
    "newer format": (b'{"format": 2, "future": {}}', "format 2 is not known here (this version reads 1)"),
    "conflict": (b'{\n<<<<<<< HEAD\n"a": 1\n=======\n', "line 2, column 1: git conflict markers"),
    "deep": (b"[" * 1_000_000, "Expected `object`, got `array`"),
    "deep inside": (b'{"a":' * 100_000, "Object contains unknown field `a`"),
    "twice": (
        b'{"callables": {"a": {"declared": {"t": {}}},\n"a": {"declared": {"t": {}}}}}',
        "line 2, column 1: the key 'a' is there twice in the same object",
    ),
    "negative": (
        b'{"callables": {"a": {"examples": {"t": {"callables_executed": -1}}}}}',
        "$.callables['a'].examples['t'].callables_executed: Expected `int` >= 0",
    ),
    "not UTF-8": (b'{"format": 1,\n "callables": {"\xff": {}}}', "line 2, column 17: not UTF-8"),
}


@pytest.mark.parametrize(("data", "reason"), BAD.values(), ids=BAD)
def test_a_bad_file_is_told_with_its_place_and_left(tmp_path, data, reason):
    this_tests(load, rewrite, RegistryError)
    path = tmp_path / "test_registry.json"
    path.write_bytes(data)
    with pytest.raises(RegistryError) as caught:
        rewrite(path, lambda registry: registry)
    assert str(path) in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == data


def test_no_file_says_what_to_do(tmp_path):
    this_tests(load, RegistryNotFoundError)
    with pytest.raises(
        RegistryNotFoundError,
        match="no such file; pytest writes it once a test declares something, or with --this-tests-observe",
    ):
        load(tmp_path / "test_registry.json")


def test_the_format_of_fastai_is_read(tmp_path):
    this_tests(load)
    path = tmp_path / "test_registry.json"
    path.write_text(
        '{"fastai.core.add": [{"file": "tests/test_core.py", "line": 12, "test": "test_add"}], "fastai.core.none": []}'
    )
    assert load(path) == Registry(
        callables={"fastai.core.add": Entry(declared={"tests/test_core.py::test_add": Link()})}
    )


def one(name):
    return Registry(callables={name: Entry(declared={"t.py::test": Link()})})


def test_writing_leaves_nothing_beside_the_file(tmp_path):
    this_tests(rewrite)
    rewrite(tmp_path / "r.json", lambda _: one("a"))
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_a_project_that_declares_nothing_gets_no_file(tmp_path):
    this_tests(rewrite)
    rewrite(tmp_path / "r.json", lambda registry: registry)
    assert list(tmp_path.iterdir()) == []


def test_the_mode_of_the_file_stays(tmp_path):
    this_tests(rewrite)
    path = tmp_path / "r.json"
    rewrite(path, lambda _: one("a"))
    path.chmod(0o640)
    rewrite(path, lambda _: one("b"))
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_to_the_file_stays_a_link(tmp_path):
    this_tests(rewrite)
    (tmp_path / "real.json").write_bytes(encode(one("a")))
    (tmp_path / "r.json").symlink_to("real.json")
    rewrite(tmp_path / "r.json", lambda _: one("b"))
    assert (tmp_path / "r.json").is_symlink()
    assert load(tmp_path / "real.json") == one("b")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    this_tests(rewrite, RegistryError)
    path = tmp_path / "r.json"
    rewrite(path, lambda _: one("a"))
    monkeypatch.setattr(
        "tempfile.mkstemp", lambda **_: (os.open("/dev/full", os.O_WRONLY), str(tmp_path / "x"))
    )
    with pytest.raises(RegistryError, match="cannot be written: No space left on device"):
        rewrite(path, lambda _: one("b"))
    assert load(path) == one("a")


def test_a_folder_that_does_not_exist_is_made(tmp_path):
    this_tests(rewrite)
    rewrite(tmp_path / "new" / "folder" / "r.json", lambda _: one("a"))
    assert load(tmp_path / "new" / "folder" / "r.json") == one("a")


def test_a_file_in_the_folders_place_is_told(tmp_path):
    this_tests(rewrite, RegistryError)
    (tmp_path / "folder").touch()
    with pytest.raises(
        RegistryError, match=r"r\.json: cannot be read: Not a directory|cannot be locked: File exists"
    ):
        rewrite(tmp_path / "folder" / "r.json", lambda _: one("a"))


def add(path, number):
    rewrite(path, lambda registry: merge(registry, one(f"name{number:02}")))


@pytest.mark.slow
def test_sessions_that_end_at_once_lose_nothing(tmp_path):
    this_tests(rewrite)
    path = tmp_path / "r.json"
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        pool.starmap(add, [(path, number) for number in range(40)])
    assert sorted(load(path).callables) == [f"name{number:02}" for number in range(40)]
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_of_the_number_of_observed_tests_only_whether_there_are_more_is_kept(tmp_path):
    this_tests(encode, decode)
    links = {"t.py::a": Link(direct=True), "t.py::b": Link()}
    file = tmp_path / "tests.json"

    def again(observed):
        found = decode(encode(Registry(callables={"pkg.f": Entry(observed=observed)})), file)
        return found.callables["pkg.f"].observed

    assert again(Observed(2, 1, links)) == Observed(2, 1, links)
    assert (
        again(Observed(9, 4, links))
        == again(again(Observed(9, 4, links)))
        == Observed(2, 1, links, more=True)
    )
