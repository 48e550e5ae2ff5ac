"""The order of a section's rows, and which of them a page shows."""

import random

import pytest

from this_tests import Evidence, Link, this_tests
from this_tests.docs.content.ranking import Candidate, leaders, ranked

NAME = "pkg.Graph.add_edge"


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
    "a value checked before none": (candidate("t.py::b", values=True), candidate("t.py::a")),
    "the earlier in a file before the later": (candidate("t.py::b", line=3), candidate("t.py::a", line=30)),
    "its use before what any object has": (candidate("t.py::b"), candidate("t.py::a", aspect=True)),
    "a neutral name before one that mentions what any object has": (
        candidate("t.py::test_b"),
        candidate("t.py::test_add_edge_pickle"),
    ),
    "known to fail without it before not known": (
        candidate("t.py::test_b", proven=True),
        candidate("t.py::test_add_edge"),
    ),
    "called without a proof before a proof by way of others": (
        candidate("t.py::b", "observed", direct=True),
        candidate("t.py::a", "observed", proven=True),
    ),
    "what it does, without a proof, before what it is proven to refuse": (
        candidate("t.py::b"),
        candidate("t.py::a", refused=True, proven=True),
    ),
    "where it is defined before where it is inherited": (
        candidate("t.py::B::test_add_edge"),
        candidate("t.py::A::test_add_edge", inherited=True),
    ),
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
    assert leaders(few, 5, NAME) == few


def test_of_one_class_or_file_three_lead_while_there_are_others():
    this_tests(leaders)
    order = [candidate(f"t.py::{name}", "observed") for name in ("A::a", "A::b", "A::c", "A::d", "B::a")]
    assert [chosen.evidence.test for chosen in leaders(order, 4, NAME)] == [
        "t.py::A::a",
        "t.py::A::b",
        "t.py::A::c",
        "t.py::B::a",
    ]


def test_of_tests_that_only_expect_an_error_one_leads_even_before_weaker_evidence():
    this_tests(leaders)
    refused = [candidate(f"t.py::{letter}", "observed", direct=True, refused=True) for letter in "ab"]
    other = candidate("t.py::c", "observed")
    assert leaders([*refused, other], 2, NAME) == [refused[0], other]
    assert leaders([*refused, other], 3, NAME) == [*refused, other]


def test_of_a_test_that_classes_inherit_one_leads():
    this_tests(leaders)
    order = [candidate(f"t.py::{name}::test_it", "observed", line=3) for name in "ABC"]
    order.append(candidate("t.py::C::test_other", "observed", line=9))
    assert leaders(order, 2, NAME) == [order[0], order[3]]


def test_a_class_with_many_of_the_tests_comes_before_one_with_few():
    this_tests(ranked)
    one, *two = (candidate(f"t.py::{name}", "observed") for name in ("A::a", "B::b", "B::c"))
    assert ranked([one, *two], NAME) == [*two, one]


def test_sisters_that_were_declared_keep_their_place():
    this_tests(leaders)
    order = [candidate(f"t.py::{name}") for name in ("A::a", "A::b", "B::a")]
    assert leaders(order, 2, NAME) == order[:2]


def test_no_weaker_evidence_leads_because_it_is_no_sister():
    this_tests(leaders)
    sisters = [candidate(f"t.py::A::{letter}", "observed", direct=True) for letter in "abc"]
    other = candidate("t.py::B::a", "observed")
    assert leaders([*sisters, other], 3, NAME) == sisters


def test_a_test_that_a_setting_pins_comes_first():
    this_tests(ranked, leaders)
    pinned = candidate("t.py::b", "inferred", outcome="xfailed", pinned=True)
    order = ranked([candidate("t.py::a"), pinned], "pkg.f")
    assert order[0] == pinned
    assert leaders(order, 1, NAME) == [pinned]
