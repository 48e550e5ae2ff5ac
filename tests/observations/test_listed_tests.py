"""Which tests of a callable the summary lists."""

from hypothesis import given
from hypothesis import strategies as st

from this_tests import this_tests
from this_tests.observations.relation import CALL, DIRECT, RelationBuilder
from this_tests.observations.summary import summary
from this_tests.registry.model import most_relevant


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["tests/test_graph.py::", "tests/test_io.py::TestAdd::", "graph/test_x.py::"]),
            st.sampled_from(["test_add", "test_add_error", "test_it", "test_repr", "test_add_all"]),
            st.integers(0, 9),
            st.lists(st.booleans(), min_size=2, max_size=9),
        ),
        max_size=60,
    )
)
def test_the_listed_tests_are_the_first_of_all_in_the_order_of_relevance(runs):
    this_tests(summary)
    builder = RelationBuilder(session=1)
    for place, name, number, calls in runs:
        functions = ["pkg.graph:add", "pkg.graph:cut", *(f"pkg:f{index}" for index in range(7))]
        flags = [CALL | (DIRECT if direct else 0) for direct in calls]
        builder.add(f"{place}{name}_{number}", functions[: len(calls)], flags, "passed")
    relation = builder.relation()
    named = {function: function.replace(":", ".") for function in relation.table}
    every, few = summary([relation], named, every=True), summary([relation], named)
    for name, observed in every.callables.items():
        assert few.callables[name].examples == most_relevant(name, observed.examples)
        assert (few.callables[name].tests, few.callables[name].direct) == (observed.tests, observed.direct)
