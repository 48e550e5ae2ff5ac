"""The benchmark command that scores the names found, run on the library ``shapes``."""

import subprocess
import sys
from pathlib import Path

import pytest

from this_tests import this_tests
from this_tests.names import Names

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
COMMAND = HERE.parents[1] / "benchmarks" / "names.py"


def scored(tmp_path, *names):
    """Return the command's output for a truth file with *names*."""
    truth = tmp_path / "shapes.txt"
    truth.write_text("\n".join(["# shapes 1", *names]), encoding="utf-8")
    command = [sys.executable, str(COMMAND), "shapes", str(truth)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE, env=environment())


def environment(folder=HERE):
    return {"PYTHONPATH": str(folder), "PYTHONWARNINGS": "ignore"}


@pytest.mark.parametrize("names", [["shapes.area"], ["shapes.area", "shapes.perimeter"]], ids=["one", "two"])
def test_a_list_without_methods_is_scored(tmp_path, names):
    this_tests(Names.resolve)
    run = scored(tmp_path, *names)
    assert (run.stderr, f"instance, inventory{0:13}" in run.stdout) == ("", True)


def test_members_of_a_class_with_two_documented_paths_are_named_as_twins(tmp_path):
    this_tests(Names.resolve)
    run = scored(tmp_path, "shapes.Label.shown", "shapes.Tag.shown", "shapes.Circle.scaled")
    [row] = [line.split() for line in run.stdout.splitlines() if line.startswith("instance, inventory ")]
    assert row == ["instance,", "inventory", "3", "66.67%", "33.33%", "0.00%", "0.00%", "100.00%", "0"]
    assert "instance, inventory, twins: shapes.Tag.shown is shapes.Label.shown" in run.stdout
    assert "instance, inventory: under 99 % exact (100.00 % where each callable counts once)" in run.stdout


def test_two_methods_that_share_a_function_are_no_twins(tmp_path):
    """Both names are of one class, but a test can write either."""
    this_tests(Names.resolve)
    run = scored(tmp_path, "shapes.Polygon.corners", "shapes.Polygon.corner_list")
    assert "twins" not in run.stdout


def test_a_bare_member_of_another_librarys_class_is_named_as_that(tmp_path):
    this_tests(Names.resolve)
    run = scored(tmp_path, "shapes.Lookup.get", "shapes.Circle.scaled")
    refusal = "object, no inventory: shapes.Lookup.get -> refused: it is collections.abc.Mapping.get"
    assert refusal in run.stdout
    goal = "object, no inventory: under 97 % among the names (100.00 % of the library's own)"
    assert goal in run.stdout


def test_a_name_that_is_documented_though_private_is_reported_as_such(tmp_path):
    this_tests(Names.resolve)
    run = scored(tmp_path, "shapes._functions._private_helper", "shapes.Circle.scaled")
    assert "object, no inventory: shapes._functions._private_helper -> refused: it is private" in run.stdout
    assert "(50.00 % of the library's own, 100.00 % of those that are not private)" in run.stdout
    [row] = [line.split() for line in run.stdout.splitlines() if line.startswith("object, private = true ")]
    assert row[4:] == ["2", "100.00%", "0.00%", "0.00%", "0.00%", "100.00%", "0"]


def test_a_list_that_leads_nowhere_is_reported_in_one_line(tmp_path):
    this_tests(Names.resolve)
    run = scored(tmp_path, "shapes.nothing", "shapes.nowhere")
    assert run.stderr == "none of the 2 names leads to anything in shapes\n"
    assert run.returncode == 1


def test_the_cost_of_an_index_is_reported_beside_that_of_the_import():
    this_tests(Names.resolve)
    command = [sys.executable, str(COMMAND), "--costs", "shapes", "json.decoder"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE, env=environment())
    head, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in run.stdout.splitlines()]
    assert head == ["Imported", "import, ms", "modules", "index, ms", "of the import", "memory, MB"]
    assert [(row[0], int(row[2]) > 1, float(row[4]) > 0) for row in rows] == [
        ("shapes", True, True),
        ("json.decoder", True, True),
    ]


MOODS = """\
__all__ = ["Mood"]

class Answering(type):
    def __dir__(cls):
        return [*super().__dir__(), "answered"]

    def __getattr__(cls, name):
        if name == "answered":
            return 1
        raise AttributeError(name)

class Mood(metaclass=Answering):
    def swing(self): pass

"""


def test_public_names_are_reported_of_classes_that_answer_for_more_than_they_hold(tmp_path):
    this_tests(Names.resolve)
    (tmp_path / "moods.py").write_text(MOODS, encoding="utf-8")
    command = [sys.executable, str(COMMAND), "moods", "--generate"]
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment(tmp_path)
    )
    assert (run.stderr, run.stdout.partition(",")[0]) == ("", "moods: 2 names")
