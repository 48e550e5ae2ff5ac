"""Answers within a number of tokens, with names as data."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from this_tests import this_tests
from this_tests.mcp_server.paging import Item, page, quoted, tokens


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("word", 1),
        ("fiver5", 3),
        ("tests/test_io.py::test_read", 13),
        ("two words", 3),
        ("日本", 6),
        ("\ud800", 1),
    ],
)
def test_tokens_are_counted_rather_too_high(text, number):
    this_tests(tokens)
    assert tokens(text) == number


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tests/test_a.py::test_b[c d]", '"tests/test_a.py::test_b[c d]"'),
        ('"ends" here', '"\\"ends\\" here"'),
        ("one\nline\u2028only\x1b[31m", '"one\\\\nline\\\\u2028only\\\\x1b[31m"'),
        ("été", '"été"'),
    ],
)
def test_a_name_is_a_string_of_json_on_one_line(text, said):
    this_tests(quoted)
    assert quoted(text) == said
    assert "\n" not in json.loads(said)


@given(st.text())
def test_whatever_a_file_says_stays_inside_of_its_quotes(text):
    this_tests(quoted)
    said = quoted(text * 50)
    assert len(said.splitlines()) == 1
    assert isinstance(json.loads(said), str)
    assert tokens(said) < 200


@given(st.lists(st.text(max_size=30)), st.integers(1, 100))
def test_the_pages_of_a_list_are_the_list(texts, budget):
    this_tests(page)
    items = [Item(quoted(text), group=f"g{len(text) % 3}") for text in texts]
    found, start = [], 0
    while start < len(items):
        part = page(items, start, budget)
        assert part.start == start < part.end
        found += [line for line in part.lines if line.startswith("- ")]
        start = part.end
    assert found == [f"- {item.text}" for item in items]


def test_a_page_says_what_it_shows_and_where_the_next_one_begins():
    this_tests(page)
    items = [Item("one", "a"), Item("two", "a"), Item("three", "b")]
    whole = page(items, 0, 100)
    assert whole.lines == ["a:", "- one", "- two", "b:", "- three"]
    assert whole.footer == ""
    first = page(items, 0, 8)
    assert first.lines == ["a:", "- one"]
    assert first.footer == "Items 1 to 1 of 3. Next: offset=1."
    last = page(items, 1, 100)
    assert last.lines == ["a:", "- two", "b:", "- three"]
    assert last.footer == "Items 2 to 3 of 3."
    assert page(items, 9, 100).footer == "No items from 3 on; there are 3."
    assert page([], 0, 100).footer == ""
