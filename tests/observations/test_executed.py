"""All tests that executed a function are found in the relation."""

import pytest

from this_tests import this_tests
from this_tests.observations.executed import Executed, executed
from this_tests.observations.file import load_relations, write
from this_tests.observations.observations import Observations
from this_tests.observations.relation import CALL, DIRECT, SETUP, TEARDOWN, Relation, RelationBuilder
from this_tests.observations.summary import summary

NAMES = {"pkg:f": "pkg.f", "pkg:C.__init__": "pkg.C", "pkg:C": "pkg.C", "pkg:g": "pkg.f"}


def relation(session: int = 1) -> Relation:
    builder = RelationBuilder(session)
    builder.add("t.py::test_a[1]", ["pkg:f", "pkg:_h"], [CALL, CALL | DIRECT], "passed")
    builder.add("t.py::test_a[2]", ["pkg:g"], [CALL | DIRECT], "passed")
    builder.add("t.py::test_b", ["pkg:f", "pkg:C.__init__"], [TEARDOWN, CALL | DIRECT], "passed")
    builder.add("t.py::test_c", ["pkg:f", "pkg:C"], [SETUP, CALL | DIRECT], "xfailed")
    builder.add("t.py::test_d", ["pkg:f"], [CALL | DIRECT], "failed")
    return builder.relation()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pkg.f", {"t.py::test_a": True, "t.py::test_c": False}),
        ("pkg.C", {"t.py::test_b": False, "t.py::test_c": True}),
        ("pkg._h", {}),
    ],
    ids=["a function of two definitions", "a class", "a private function"],
)
def test_all_tests_of_a_public_name_are_those_of_the_summary(name, expected):
    this_tests(Executed.of, summary)
    assert dict(Executed([relation()], NAMES).of(name)) == expected
    counted = summary([relation()], NAMES, every=True).callables.get(name)
    links = counted.examples if counted else {}
    assert {test: link.direct for test, link in links.items()} == expected


def test_a_function_without_a_public_name_is_found_by_its_definition():
    this_tests(Executed.of_definition)
    found = Executed([relation()], NAMES)
    assert dict(found.of_definition("pkg._h")) == {"t.py::test_a": True}
    assert dict(found.of_definition("pkg.missing")) == {}


def test_the_tests_are_those_that_executed_a_public_callable():
    this_tests(Executed.tests)
    assert Executed([relation()], {"pkg:C": "pkg.C"}).tests() == {"t.py::test_c"}


@pytest.mark.parametrize("number", [0, 1, 2])
def test_any_number_of_files_is_read(tmp_path, number):
    this_tests(executed, load_relations)
    for session in range(number):
        observations = Observations(
            relations={"here": relation(session)}, names={key: (1, name) for key, name in NAMES.items()}
        )
        write(tmp_path / "test_observations", f"session-{session}", observations)
    found = executed(tmp_path / "test_registry.json").of("pkg.f")
    assert list(found) == (["t.py::test_a", "t.py::test_c"] if number else [])
