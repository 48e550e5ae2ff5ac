"""Merges of registries by git: alone, and with our merge driver."""

import random
import subprocess
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from this_tests import Entry, Link, Registry, Test, this_tests
from this_tests.registry.store import decode, encode
from this_tests.registry.three_way import merge_three

PAIRS = 300
Links = dict[tuple[str, str], Link]


def registry(links: Links, **markers: tuple[str, ...]) -> Registry:
    """Return a registry with these links, by callable and test."""
    found: dict[str, dict[str, Link]] = {}
    for (name, test), link in links.items():
        found.setdefault(name, {})[test] = link
    return Registry(
        callables={name: Entry(declared=tests) for name, tests in found.items()},
        tests={test: Test(markers=each) for test, each in markers.items()},
    )


def links_of(found: Registry) -> Links:
    return {
        (name, test): link for name, entry in found.callables.items() for test, link in entry.declared.items()
    }


class Suite(NamedTuple):
    """The tests of a project as source: the names of callables, and each test's name and targets, by number."""

    names: dict[int, str]
    tests: dict[int, tuple[str, frozenset[int]]]

    def links(self) -> Links:
        """Return what a run of the suite would declare."""
        return {
            (self.names[target], name): Link() for name, targets in self.tests.values() for target in targets
        }


def suite(chance: random.Random) -> Suite:
    """Return 240 tests in 12 files for 60 callables."""
    names = {number: f"pkg.mod{number % 7}.function_{number}" for number in range(60)}
    tests = {
        number: (
            f"tests/test_{chance.randrange(12)}.py::test_{number}",
            frozenset(chance.sample(range(60), chance.choice([1, 1, 1, 2]))),
        )
        for number in range(240)
    }
    return Suite(names, tests)


def edited(before: Suite, chance: random.Random) -> Suite:
    """Return the suite after a branch's work: tests and callables that were added, removed or renamed."""
    names, tests = dict(before.names), dict(before.tests)
    for _ in range(chance.randint(1, 3)):
        new, target = chance.randrange(10**9), chance.choice(sorted(names))
        number = chance.choice(sorted(tests))
        name, targets = tests[number]
        match chance.choice(["add", "remove", "rename", "retarget", "add callable", "rename callable"]):
            case "add":
                tests[new] = (f"{name.partition('::')[0]}::test_new_{new}", frozenset({target}))
            case "remove":
                del tests[number]
            case "rename":
                tests[number] = (f"{name}_{new}", targets)
            case "retarget":
                tests[number] = (name, targets ^ {target} or targets)
            case "add callable":
                names[new] = f"{names[target].rpartition('.')[0]}.function_{new}"
                tests[new] = (f"tests/test_1.py::test_new_{new}", frozenset({new}))
            case "rename callable":
                names[target] = f"{names[target]}_{new}"
    return Suite(names, tests)


def merged(base: Suite, ours: Suite, theirs: Suite) -> Suite | None:
    """Return what git makes of the sources; None if both sides changed the same line."""
    names, tests = {}, {}
    for number in {*ours.names, *theirs.names}:
        found = {base.names.get(number), ours.names.get(number), theirs.names.get(number)} - {None}
        changed = found - {base.names.get(number)}
        if len(changed) > 1:
            return None
        names[number] = min(changed or found)
    for number in {*ours.tests, *theirs.tests}:
        then, one, other = (version.tests.get(number) for version in (base, ours, theirs))
        if then not in (one, other):
            return None
        kept = one if other == then else other
        if kept is not None:
            tests[number] = kept
    return Suite(names, tests)


def merged_by_git(folder: Path, *versions: Links) -> bytes | None:
    """Return what git's own merge makes of the files; None if there are conflicts."""
    for name, links in zip(("base", "ours", "theirs"), versions, strict=True):
        (folder / name).write_bytes(encode(registry(links)))
    done = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=folder, capture_output=True, check=False
    )
    assert 0 <= done.returncode < 128, done.stderr
    return None if done.returncode else done.stdout


@pytest.mark.slow
def test_a_merge_by_git_is_right_or_conflicts_and_the_driver_resolves_all(tmp_path):
    this_tests(encode, decode, merge_three)
    pairs = clean = 0
    for seed in count():
        chance = random.Random(seed)
        base = suite(chance)
        ours, theirs = edited(base, chance), edited(base, chance)
        whole = merged(base, ours, theirs)
        if whole is None:
            continue
        versions = [version.links() for version in (base, ours, theirs)]
        text = merged_by_git(tmp_path, *versions)
        if text is not None:
            assert links_of(decode(text, Path("r.json"))) == whole.links(), seed
            clean += 1
        assert links_of(merge_three(*map(registry, versions))) == whole.links(), seed
        pairs += 1
        if pairs == PAIRS:
            break
    assert clean >= 0.9 * PAIRS


names = st.sampled_from(["pkg.f", "pkg.g"])
tests = st.sampled_from(["t.py::a", "t.py::b"])
links = st.dictionaries(
    st.tuples(names, tests), st.builds(Link, via=st.sampled_from(["reference", "string"]))
)


@given(links, links, links)
def test_the_sides_of_a_merge_are_equal(base, ours, theirs):
    this_tests(merge_three)
    one, two, three = map(registry, (base, ours, theirs))
    assert merge_three(one, two, three) == merge_three(one, three, two)
    assert merge_three(one, two, one) == two == merge_three(one, one, two) == merge_three(one, two, two)


def test_what_a_side_adds_to_a_test_stays_where_the_other_takes_its_declaration_back():
    this_tests(merge_three)
    base, theirs = registry({("f", "a"): Link()}), registry({("f", "a"): Link(), ("g", "a"): Link()})
    assert links_of(merge_three(base, registry({}), theirs)) == {("g", "a"): Link()}


def test_markers_merge_with_their_tests():
    this_tests(merge_three)
    base = registry({("f", "a"): Link(), ("f", "b"): Link()}, a=("slow",))
    ours = registry({("f", "a"): Link(), ("f", "b"): Link()}, a=("cuda", "slow"))
    theirs = registry({("f", "a"): Link()}, a=("gpu",))
    found = merge_three(base, ours, theirs)
    assert {test: info.markers for test, info in found.tests.items()} == {"a": ("cuda", "gpu", "slow")}
    assert list(found.callables["f"].declared) == ["a"]
