"""The registry as data: questions that it answers, and the union of several."""

import pytest

from this_tests import Entry, Evidence, Link, Registry, Test, merge, this_tests
from this_tests.registry.model import Observed

DECLARED = {"t.py::test_b": Link(receiver="pkg.Sub"), "t.py::test_a": Link()}
OBSERVED = Observed(tests=9, direct=1, examples={"t.py::test_a": Link(direct=True), "t.py::test_c": Link()})
# The names that each name comes from, as the source of the library shows them.
ORIGINS = {
    "pkg.f": ("pkg._impl.f",),
    "pkg.g": ("pkg._impl.f",),
    "pkg.api.f": ("pkg.f", "pkg._impl.f"),
    "pkg.h": ("pkg._impl.f",),
    "pkg.other.h": ("pkg.h", "pkg._impl.f"),
}
REGISTRY = Registry(
    callables={
        "pkg.f": Entry(declared=DECLARED, observed=OBSERVED),
        "pkg.h": Entry(inferred={"t.py::test_d": Link()}),
    },
    tests={"t.py::test_b": Test(outcome="xfailed", markers=("slow",))},
    origins=lambda name: ORIGINS.get(name, ()),
)


def test_evidence_comes_by_kind_and_node_id():
    this_tests(Registry.evidence, Evidence, Link)
    assert [(item.kind, item.test) for item in REGISTRY.evidence("pkg.f")] == [
        ("declared", "t.py::test_a"),
        ("declared", "t.py::test_b"),
        ("observed", "t.py::test_a"),
        ("observed", "t.py::test_c"),
    ]
    assert REGISTRY.evidence("pkg.unknown") == ()


def test_evidence_has_what_is_known_of_its_test():
    this_tests(Registry.evidence, Test)
    first, second, *_ = REGISTRY.evidence("pkg.f")
    assert (first.outcome, first.markers) == ("passed", ())
    assert (second.outcome, second.markers, second.link.receiver) == ("xfailed", ("slow",), "pkg.Sub")


def test_observed_evidence_is_direct_or_indirect():
    this_tests("this_tests.Evidence.standing")
    standings = [item.standing for name in REGISTRY.callables for item in REGISTRY.evidence(name)]
    assert standings == ["declared", "declared", "direct", "indirect", "inferred"]


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("pkg.f", ("pkg.f",)),
        ("pkg.api.f", ("pkg.f",)),
        ("pkg.other.h", ("pkg.h",)),
        ("pkg.g", ("pkg.f", "pkg.h")),
        ("pkg._impl.f", ("pkg.f", "pkg.h")),
        ("pkg.unknown", ()),
    ],
)
def test_another_name_leads_to_each_callable_of_the_same_definition(name, names):
    this_tests(Registry.names)
    assert REGISTRY.names(name) == names


@pytest.mark.parametrize(("name", "number"), [("pkg.f", 9), ("pkg.h", 1), ("pkg.g", 9), ("pkg.x", 0)])
def test_tests_that_are_not_listed_are_counted(name, number):
    this_tests(Registry.number_of_tests)
    assert REGISTRY.number_of_tests(name) == number


def test_an_entry_lists_its_links_by_kind_and_its_tests():
    this_tests(Entry, Entry.links, Entry.tests)
    entry = REGISTRY.callables["pkg.f"]
    assert entry.links("declared") == DECLARED
    assert entry.links("observed") == OBSERVED.examples
    assert entry.links("inferred") == {}
    assert entry.tests() == {"t.py::test_a", "t.py::test_b", "t.py::test_c"}
    assert not Entry()


def test_all_linked_tests_are_listed():
    this_tests(Registry.linked_tests)
    assert REGISTRY.linked_tests() == {f"t.py::test_{letter}" for letter in "abcd"}


def test_the_union_of_a_registry_with_itself_or_an_empty_one_is_the_same():
    this_tests(merge, Registry)
    assert merge(REGISTRY, REGISTRY) == merge(REGISTRY, Registry()) == REGISTRY


def test_of_two_outcomes_the_union_keeps_the_worse():
    this_tests(merge, Test)
    good, bad = (Registry(tests={"t.py::test_a": Test(outcome=outcome)}) for outcome in ("passed", "failed"))
    assert merge(good, bad) == merge(bad, good) == bad
