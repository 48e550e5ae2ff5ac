"""What the name at a place of a text means."""

import pytest

from this_tests import this_tests
from this_tests.language_server.meaning import subject_at
from this_tests.language_server.outline import outline
from this_tests.language_server.project import EditedProject
from this_tests.settings import find_project

CASES = [
    (
        "mylib/tests/test_in.py",
        "from .. import add\ndef test_it():\n    add(1, 2)",
        (2, 5),
        "mylib._impl.add",
    ),
    ("mylib/tests/test_in.py", "class TestIt:\n    def test_it(self):\n        self.helper()", (2, 15), None),
    (
        "tests/test_it.py",
        "import mylib as m\ndef test_it():\n    m.Thing().run()",
        (2, 15),
        "mylib._impl.Thing.run",
    ),
    ("tests/test_it.py", "import os\ndef test_it():\n    os.getcwd()", (2, 9), None),
    ("tests/test_it.py", "import mylib\nthis_tests('mylib.Thing')", (1, 14), "mylib._impl.Thing"),
    ("mylib/_impl.py", "def add(): pass\ndef other():\n    add()", (2, 5), "mylib._impl.add"),
    (
        "mylib/_impl.py",
        "class Thing:\n    def run(self):\n        self.run()",
        (2, 15),
        "mylib._impl.Thing.run",
    ),
]


@pytest.mark.parametrize(("file", "text", "place", "meant"), CASES)
def test_a_name_leads_to_the_definition_in_the_library(library, file, text, place, meant):
    this_tests(subject_at)
    library.run("--this-tests-observe")
    project = EditedProject(find_project(library.root), {}, pytest.fail)
    document = project.document(library.root / file, outline(text))
    found = subject_at(project, document, *place)
    assert (found and found.definition) == meant


@pytest.mark.parametrize(
    ("file", "role"),
    [
        ("mylib/_impl.py", "library"),
        ("mylib/gone.py", "library"),
        ("mylib/tests/test_in.py", "tests"),
        ("mylib/tests/helper.py", ""),
        ("tests/test_it.py", "tests"),
        ("tests/conftest.py", ""),
        ("../test_it.py", ""),
    ],
)
def test_each_file_has_a_role(library, file, role):
    this_tests(EditedProject.role)
    assert EditedProject(find_project(library.root), {}, pytest.fail).role(library.root / file) == role
