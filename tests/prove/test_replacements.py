"""What is put in the place of a body."""

import pytest

from this_tests import this_tests
from this_tests.prove.replacements import FIRST, YIELDED, kind_of, replacements, value_of


def function(a):
    return a()


def iterator(self):
    return self


def generator():
    yield 1


async def items():
    yield


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        (None, ["returns None"]),
        (True, ["returns None", "returns False"]),
        (False, ["returns None", "returns True"]),
        (3, ["returns None", "returns 0"]),
        (0, ["returns None"]),
        (2.5, ["returns None", "returns 0.0"]),
        ("a", ["returns None", "returns ''"]),
        (b"a", ["returns None", "returns b''"]),
        ([1], ["returns None", "returns []"]),
        ([], ["returns None"]),
        ({1: 2}, ["returns None", "returns {}"]),
        ({1}, ["returns None", "returns set()"]),
        ((1,), ["returns None", "returns ()"]),
        (object(), ["returns None"]),
    ],
)
def test_an_empty_value_of_the_kind_stands_for_one_that_is_not_empty(value, labels):
    this_tests(replacements, kind_of)
    found = replacements(function.__code__, [kind_of(value, "first")], context_manager=False)
    assert found == labels
    assert not any(eval(value_of(label)) for label in found if label != "returns True")


def test_the_first_argument_stands_for_itself():
    this_tests(kind_of, value_of)
    first = object()
    labels = replacements(function.__code__, [kind_of(first, first)], context_manager=False)
    assert labels == ["returns None", "returns its first argument"]
    assert value_of(labels[-1]) == "first"


def test_there_are_at_most_three():
    this_tests(replacements)
    kinds = ["int", "str", "list", "True", "False"]
    assert replacements(function.__code__, kinds, context_manager=False) == [
        "returns None",
        "returns False",
        "returns True",
    ]


def test_generators_yield_nothing_and_context_managers_only_enter():
    this_tests(replacements, value_of)
    assert replacements(generator.__code__, [YIELDED], context_manager=False) == ["yields nothing"]
    assert replacements(items.__code__, [YIELDED], context_manager=False) == ["yields nothing"]
    assert replacements(generator.__code__, [], context_manager=True) == ["only enters and leaves"]
    assert (value_of("yields nothing"), value_of("only enters and leaves")) == ("None", "yield")


def test_what_a_function_does_as_it_is_is_left_out():
    this_tests(replacements)
    assert replacements(iterator.__code__, [FIRST], context_manager=False) == ["returns None"]
    assert replacements(generator.__code__, [], context_manager=False) == []
