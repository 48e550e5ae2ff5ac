"""Choosing tests by changes of compiled modules: those that may call into them, and few others.

The module is a real one: a copy of the standard library's ``_json``, which Python loads under any package.
"""

import importlib.util
import shutil
from pathlib import Path

import pytest

from this_tests import this_tests
from this_tests.pytest_plugin.deselection import Selecting

pytestmark = pytest.mark.slow

LIBRARY = {
    "mylib/__init__.py": "from ._impl import add, decode\n",
    "mylib/_impl.py": """
        from . import _json
        from ._json import scanstring as _scan

        def add(a, b):
            return a + b

        def decode(text):
            return _scan(text, 1)[0]

        def encode(text):
            return _json.encode_basestring(text)

        def quoted(text):
            return encode(text)
    """,
    "mylib/_json.pyx": "cimport mylib._types\n",
    "mylib/_types.pxd": "ctypedef int number\n",
    "mylib/_impl.h": "int of_no_module;\n",
    "native/scan.h": "int scan(void);\n",
    "mylib/_json.c": '#include "scan.h"\n',
    "tests/test_it.py": """
        import pytest
        import mylib
        from mylib import _impl

        def test_add():
            assert mylib.add(1, 2) == 3

        def test_decode():
            assert mylib.decode('"a"') == "a"

        def test_encode():
            assert _impl.quoted("a") == '"a"'

        def test_scanner():
            assert mylib._json.make_scanner

        @pytest.fixture
        def encoder():
            return mylib._json.make_encoder

        def test_encoder(encoder):
            assert encoder

        def test_nothing():
            pass
    """,
}
IGNORED = "__pycache__/\n.pytest_cache/\ntest_observations/\n/runpytest-*\n/std*\n"
CALLING = ["test_decode", "test_encode", "test_scanner", "test_encoder"]
ALL = ["test_add", *CALLING, "test_nothing"]


def commit_and_observe(suite):
    """Commit all files, and run the tests under observation."""
    suite.git("init", "-q")
    suite.git("add", "-A")
    suite.git("commit", "-qm", "one")
    suite.project.run_apart("--this-tests-observe").assert_outcomes(passed=len(ALL))


@pytest.fixture
def compiled(suite):
    """Return a project whose library has a compiled module, committed and observed."""
    binary = Path(importlib.util.find_spec("_json").origin)
    for name in ("mylib", "tests"):
        shutil.rmtree(suite.root / name, ignore_errors=True)
    suite.write(LIBRARY)
    shutil.copy(binary, suite.root / "mylib")
    suite.write({".gitignore": f"*.so\n{IGNORED}"})
    commit_and_observe(suite)
    return suite


@pytest.mark.parametrize("path", ["mylib/_json.pyx", "mylib/_json.c", "mylib/_types.pxd", "native/scan.h"])
def test_a_source_of_a_compiled_module_chooses_what_may_call_into_it(compiled, path):
    this_tests(Selecting)
    with (compiled.root / path).open("a") as file:
        file.write("\n# changed\n")
    chosen, line = compiled.collect("--this-tests-changed")
    assert chosen == CALLING
    assert "for what uses 1 changed name: mylib._json since HEAD" in line


def test_a_new_source_beside_a_compiled_module_is_one_of_its_own(compiled):
    this_tests(Selecting)
    (compiled.root / "mylib/_json.pxd").write_text("")
    assert compiled.chosen() == CALLING


@pytest.mark.parametrize("path", ["mylib/_impl.h", "native/other.c"])
def test_a_source_of_what_no_name_tells_chooses_everything(compiled, path):
    this_tests(Selecting)
    (compiled.root / path).write_text("changed\n")
    chosen, line = compiled.collect("--this-tests-changed")
    assert chosen == ALL
    assert path in line


def test_all_names_of_a_compiled_module_are_followed_through_a_star(compiled):
    this_tests(Selecting)
    compiled.edit("mylib/_impl.py", "import scanstring as _scan", "import *")
    compiled.edit("mylib/_impl.py", "_scan(", "scanstring(")
    commit_and_observe(compiled)
    (compiled.root / "mylib/_json.c").write_text("changed")
    assert compiled.chosen() == CALLING


def test_python_files_beside_a_compiled_module_of_the_same_name_count_as_its_source(compiled):
    this_tests(Selecting)
    (compiled.root / "mylib/_json.py").write_text('def scanstring(text):\n    "Scan."\n')
    commit_and_observe(compiled)
    compiled.edit("mylib/_json.py", '"Scan."', '"Scan it."')
    assert compiled.chosen() == []
    compiled.edit("mylib/_json.py", "(text)", "(text, end=0)")
    assert compiled.chosen() == CALLING


def test_a_compiled_module_that_is_built_anew_chooses_what_may_call_into_it(compiled):
    this_tests(Selecting)
    compiled.write({".gitignore": IGNORED})
    commit_and_observe(compiled)
    [binary] = (compiled.root / "mylib").glob("_json.*.so")
    content = binary.read_bytes()
    binary.unlink()
    binary.write_bytes(content + b"\0")
    assert compiled.chosen() == CALLING
