"""What the names of a test and of a callable tell."""

import pytest

from this_tests import this_tests
from this_tests.registry.relevance import CallableName, TestName, name_relevance


@pytest.mark.parametrize(
    ("test", "name", "expected"),
    [
        ("t.py::test_chunked", "pkg.chunked", 0),
        ("t.py::ChunkedTests::test_even", "pkg.chunked", 0),
        ("t.py::TestMakeClass::test_even", "pkg.make_class", 0),
        ("t.py::test_containsonly_in_list", "pkg.ContainsOnly", 1),
        ("t.py::test_contains_only_in_list", "pkg.ContainsOnly", 1),
        ("t.py::test_a_chunked", "pkg.chunked", 2),
        ("t.py::TestChunkedAndMore::test_a", "pkg.chunked", 2),
        ("t.py::test_months", "pkg.nth", 3),
        ("t.py::test_it", "pkg.chunked", 3),
        ("t.py", "pkg.chunked", 3),
        ("", "", 3),
    ],
)
def test_the_distance_of_names(test, name, expected):
    this_tests(name_relevance)
    assert name_relevance(TestName(test), CallableName(name))[0] == expected


@pytest.mark.parametrize(
    ("test", "name", "expected"),
    [
        ("t.py::test_f", "pkg.f", 0),
        ("t.py::test_f_repr", "pkg.f", 1),
        ("t.py::test_f_raises", "pkg.f", 2),
        ("t.py::test_empty_fails", "pkg.f", 2),
        ("t.py::test_raises", "pytest.raises", 0),
        ("t.py::test_repr_of_it", "pkg.repr", 0),
        ("t.py::TestErrors::test_f", "pkg.f", 0),
    ],
)
def test_what_a_name_says_that_a_test_is_about(test, name, expected):
    this_tests(name_relevance)
    assert name_relevance(TestName(test), CallableName(name))[1] == expected


@pytest.mark.parametrize(
    ("test", "name", "expected"),
    [
        ("tests/test_graphs.py::test_f", "pkg.graphs.f", 0),
        ("tests/graphs_test.py::test_f", "pkg.graphs.f", 0),
        ("tests/graphs/test_a.py::test_f", "pkg.graphs.f", 1),
        ("pkg/tests/test_a.py::test_f", "pkg.graphs.f", 2),
    ],
)
def test_the_distance_of_the_file(test, name, expected):
    this_tests(name_relevance)
    assert name_relevance(TestName(test), CallableName(name))[2] == expected
