"""Everything that the kit offers is in its page of the docs."""

import re
from pathlib import Path

import this_tests.kit as face
from this_tests import this_tests
from this_tests.kit import gpu
from this_tests.kit.markers import MARKERS
from this_tests.kit.options import INI, OPTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "kit.md").read_text(encoding="utf-8")


def test_each_option_key_marker_and_fixture_is_explained():
    this_tests("this_tests.kit.options", "this_tests.kit.markers")
    fixtures = ["torch_device", "reproducible", "memory", "model_cache", "temp_folder"]
    names = [*(option.flag for option in OPTIONS), *INI, *MARKERS, *fixtures]
    assert [name for name in names if not re.search(rf"{re.escape(name)}\b", PAGE)] == []


def test_the_face_is_a_sorted_list_of_what_there_is():
    this_tests("this_tests.kit")
    assert sorted(face.__all__) == face.__all__
    assert all(hasattr(face, name) for name in face.__all__)


def test_the_helpers_that_fastais_tests_know_are_there():
    this_tests("this_tests.kit.gpu")
    listed = re.search(r"`this_tests.kit.gpu` has(.*?)\n\n", PAGE, re.DOTALL)[1]
    assert set(re.findall(r"`(\w+)", listed)) - {"this_tests"} <= set(gpu.__all__)
