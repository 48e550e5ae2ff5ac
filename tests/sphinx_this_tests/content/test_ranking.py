"""The order of a section's rows, and which of them a page shows."""

import random

import pytest

from sphinx_this_tests.content.ranking import Candidate, leaders, ranked
from this_tests import Evidence, Link, this_tests


def candidate(  # noqa: PLR0913  # a table of cases names what is special about each
    test: str,
    kind="declared",
    outcome="passed",
    *,
    name: str = "pkg.graphs.Graph.add_edge",
    receiver: str = "",
    direct: bool = False,
    **facts: object,
) -> Candidate:
    link = Link(receiver=receiver, direct=direct)
    return Candidate(Evidence(name, kind, test, link, outcome, ()), **facts)


# In each pair, the first is more relevant, for a single reason.
PAIRS = {
    "declared before observed": (candidate("t.py::b"), candidate("t.py::a", "observed", direct=True)),
    "a call in the test's body before one by way of others": (
        candidate("t.py::b", "observed", direct=True),
        candidate("t.py::a", "observed"),
    ),
    "seen before likely": (candidate("t.py::b", "observed"), candidate("t.py::a", "inferred", uses=True)),
    "passing before failing as expected": (candidate("t.py::b"), candidate("t.py::a", outcome="xfailed")),
    "a declared test that calls it before one that does not": (
        candidate("t.py::b", uses=True),
        candidate("t.py::a"),
    ),
    "what it does before what it refuses": (candidate("t.py::b"), candidate("t.py::a", refused=True)),
    "a neutral name before one that mentions an error": (
        candidate("t.py::test_b"),
        candidate("t.py::test_add_edge_raises"),
    ),
    "used on the class itself before used on a subclass": (
        candidate("t.py::b"),
        candidate("t.py::a", receiver="pkg.DiGraph"),
    ),
    "named after it before named after something more": (
        candidate("t.py::test_add_edge"),
        candidate("t.py::test_a_add_edge"),
    ),
    "its name contained before no name in common": (
        candidate("t.py::test_z_add_edge"),
        candidate("t.py::test_a"),
    ),
    "a class named after it before no name in common": (
        candidate("t.py::TestAddEdge::test_b"),
        candidate("t.py::TestOther::test_a"),
    ),
    "the file named after its module before others": (
        candidate("tests/test_graphs.py::b"),
        candidate("tests/test_a.py::a"),
    ),
    "the folder named after its module before others": (
        candidate("graphs/tests/test_b.py::b"),
        candidate("a/tests/test_a.py::a"),
    ),
    "few other callables before many": (candidate("t.py::b", others=1), candidate("t.py::a", others=9)),
    "short before long": (candidate("t.py::b", lines=3), candidate("t.py::a", lines=30)),
    "the node id, where nothing else decides": (candidate("t.py::a"), candidate("t.py::b")),
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_the_more_relevant_comes_first(pair):
    this_tests(ranked)
    assert ranked(reversed(pair), "pkg.Graph.add_edge") == list(pair)


def test_for_a_subclass_its_own_use_comes_first():
    this_tests(ranked)
    own, base = candidate("t.py::b", receiver="pkg.DiGraph"), candidate("t.py::a")
    assert ranked([base, own], "pkg.DiGraph.add_edge") == [own, base]


def test_the_order_does_not_depend_on_the_order_of_what_is_given():
    this_tests(ranked)
    given = [test for pair in PAIRS.values() for test in pair]
    shuffled = random.Random(7).sample(given, len(given))
    assert ranked(shuffled, "pkg.Graph.add_edge") == ranked(given, "pkg.Graph.add_edge")


@pytest.mark.parametrize(
    ("test", "name"),
    [
        ("t.py::test_svc", "sklearn.svm.SVC"),
        ("t.py::TestSVC", "sklearn.svm.SVC"),
        ("t.py::TestDiGraph", "networkx.DiGraph"),
        ("t.py::test_di_graph", "networkx.DiGraph"),
        ("t.py::testAddEdge", "pkg.add_edge"),
    ],
)
def test_names_are_compared_word_by_word(test, name):
    this_tests(ranked)
    other = candidate("t.py::test_aaa", name=name)
    assert ranked([other, candidate(test, name=name)], name)[1] == other


def test_for_a_callable_named_after_errors_such_a_test_is_like_any_other():
    this_tests(ranked)
    name = "pytest.raises"
    first, second = (candidate(f"t.py::test_{ending}", name=name) for ending in ("raises", "accepts"))
    assert ranked([second, first], name) == [first, second]


@pytest.mark.parametrize("test", ["", "::", "t.py", "t.py::", "a::b::c::d", "t.py::test_"])
def test_odd_node_ids_are_ranked_like_others(test):
    this_tests(ranked)
    assert ranked([candidate(test)], "f") == [candidate(test)]


def test_all_are_leaders_where_they_fit():
    this_tests(leaders)
    few = [candidate(f"t.py::T::test_{letter}", "observed") for letter in "abc"]
    assert leaders(few, 5) == few


def test_of_sisters_one_leads_while_there_are_others():
    this_tests(leaders)
    order = [candidate(f"t.py::{name}", "observed") for name in ("A::a", "A::b", "A::c", "B::a", "c")]
    assert [chosen.evidence.test for chosen in leaders(order, 3)] == ["t.py::A::a", "t.py::B::a", "t.py::c"]


def test_sisters_that_were_declared_keep_their_place():
    this_tests(leaders)
    order = [candidate(f"t.py::{name}") for name in ("A::a", "A::b", "B::a")]
    assert leaders(order, 2) == order[:2]


def test_no_weaker_evidence_leads_because_it_is_no_sister():
    this_tests(leaders)
    sisters = [candidate(f"t.py::A::{letter}", "observed", direct=True) for letter in "abc"]
    other = candidate("t.py::B::a", "observed")
    assert leaders([*sisters, other], 3) == sisters


def test_a_test_that_a_setting_pins_comes_first():
    this_tests(ranked, leaders)
    pinned = candidate("t.py::b", "inferred", outcome="xfailed", pinned=True)
    order = ranked([candidate("t.py::a"), pinned], "pkg.f")
    assert order[0] == pinned
    assert leaders(order, 1) == [pinned]
