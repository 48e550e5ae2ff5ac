"""How much a test speaks of what changed."""

import pytest

from this_tests import this_tests
from this_tests.selection.similarity import Similarity, words_of_change, words_of_tests

BEFORE = """
class Reader:
    def read(self, limit):
        if limit < 0:
            raise ValueError("a negative limit")
        lines = self.load()
        return lines[:limit]

def other():
    return compute_total()
"""


def test_the_words_of_a_change_are_those_of_its_lines_neighbours_and_headers():
    this_tests(words_of_change)
    found = words_of_change(BEFORE, BEFORE.replace("a negative limit", "negative"))
    # Both the old and the new line.
    assert found["negative"] == 2.0
    assert found["load"] == pytest.approx(0.3)
    # A header, which is near, too.
    assert found["reader"] == pytest.approx(1.3)
    assert "compute" not in found
    assert words_of_change(BEFORE, BEFORE) == {}


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [("", "x = some_name\n", {"some", "name"}), ("x = some_name\n", "", {"some", "name"}), ("", "", set())],
)
def test_a_file_may_be_new_or_gone(before, now, found):
    this_tests(words_of_change)
    assert set(words_of_change(before, now)) == found


def test_very_many_changed_lines_are_taken_together():
    this_tests(words_of_change)
    lines = "".join(f"name_{number}()\n" for number in range(5000))
    assert words_of_change("", lines)["name"] == 5000.0


TESTS = '''
import pytest

@pytest.mark.slow
def test_alpha():
    """def test_beta(): not code"""
    assert first()

class TestGroup:
    def test_beta(self):
        assert second()

    async def test_gamma(self):
        def helper():
            return inner()
        assert third(helper)

def test_last():
    assert fourth()
'''


def test_the_words_of_tests_are_found_by_their_qualified_names():
    this_tests(words_of_tests)
    names = ["test_alpha", "TestGroup.test_beta", "TestGroup.test_gamma", "test_last", "test_gone"]
    found = words_of_tests(TESTS, names)
    assert list(found) == names[:-1]
    assert "second" in found["TestGroup.test_beta"]
    assert "third" not in found["TestGroup.test_beta"]
    assert {"third", "inner"} <= found["TestGroup.test_gamma"]
    assert found["test_last"] == {"last", "fourth"}


def test_rare_words_and_those_of_its_name_tell_the_most():
    this_tests(Similarity)
    change = {"limit": 1.0, "read": 1.0}
    tests = {
        "t.py::test_read_limit": frozenset({"read", "limit"}),
        "t.py::test_one": frozenset({"read", "limit"}),
        "t.py::test_two": frozenset({"read", "many"}),
        "t.py::test_three": frozenset({"read", "more"}),
        "t.py::test_four": frozenset({"other"}),
    }
    similarity = Similarity(change, tests)
    assert sorted(tests, key=similarity.of, reverse=True)[:2] == ["t.py::test_read_limit", "t.py::test_one"]
    assert similarity.of("t.py::test_four") == similarity.of("t.py::test_unknown") == 0
    assert Similarity(change, {}).of("t.py::test_one") == 0
    assert Similarity({}, tests).of("t.py::test_one") == 0
