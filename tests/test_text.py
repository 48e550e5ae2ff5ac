"""Texts are shortened, and identifiers are split into words, in one way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from this_tests import this_tests
from this_tests.text import abbreviated, words


def test_the_first_few_of_many_are_listed():
    this_tests(abbreviated)
    assert abbreviated(["a", "b"]) == "a, b"
    assert abbreviated("abcdefgh") == "a, b, c, d, e, f, …"


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("add_edge", "add edge"),
        ("AddEdge", "add edge"),
        ("__init__", "init"),
        ("SVC", "svc"),
        ("HTTPServer", "http server"),
        ("test_getHTTPResponse2", "test get http response 2"),
        ("conv2d", "conv 2 d"),
        ("conv_2d", "conv 2 d"),
        ("Conv2D", "conv 2 d"),
        ("BatchNorm2d", "batch norm 2 d"),
        ("naïve_bayes", "naïve bayes"),
        ("nai\u0308ve_bayes", "naïve bayes"),
        ("ÜberGröße", "über größe"),
        ("求和_数据", "求和 数据"),
        ("求和X", "求和 x"),
        ("_", ""),
        ("", ""),
    ],
)
def test_an_identifier_has_words(identifier, expected):
    this_tests(words)
    assert words(identifier) == tuple(expected.split())


@given(st.text())
def test_no_letter_is_lost_and_none_is_large(identifier):
    this_tests(words)
    found = "".join(words(identifier))
    assert found == found.lower()
    assert all(letter.isalnum() or not letter.isascii() for letter in found)
