"""The import that ``check --fix`` adds: a file that Ruff finds sorted stays sorted."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from this_tests import this_tests
from this_tests.suite.import_order import Order, with_import
from this_tests.suite.import_settings import read_order
from this_tests.suite.removal import without_declarations
from this_tests.suite.source_text import SourceText

RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")

# Each is sorted with both settings, unless its name ends with one of them.
CASES = {
    "no_imports": "def f():\n    pass\n",
    "no_imports_and_a_statement": "X = 1\n",
    "no_imports_below_a_docstring": '"""Docstring."""\n\n\ndef f():\n    pass\n',
    "no_imports_below_comments": "# Copyright: me.\n# All rights.\n\n\ndef f():\n    pass\n",
    "no_imports_below_a_first_line": "#!/usr/bin/env python\ndef f():\n    pass\n",
    "no_imports_below_an_encoding": "# -*- coding: utf-8 -*-\n\n\ndef f():\n    pass\n",
    "no_imports_and_an_assignment_below_a_docstring": '"""Docstring."""\n\nX = 1\n',
    "future_only": "from __future__ import annotations\n\n\ndef f():\n    pass\n",
    "future_and_standard": "from __future__ import annotations\n\nimport os\nimport sys\n\nX = 1\n",
    "future_and_own": "from __future__ import annotations\n\nfrom mylib import f\n\nX = 1\n",
    "standard_only": '"""Docstring."""\n\nimport os\nimport sys\n\n\ndef f():\n    pass\n',
    "standard_and_own": "import os\n\nimport mylib\n\nX = 1\n",
    "standard_and_relative": "import os\n\nfrom . import helper\n\nX = 1\n",
    "relative_only": '"""Docstring."""\n\nfrom . import helper\nfrom .other import more\n\nX = 1\n',
    "own_only": "import mylib\nfrom mylib import f\n\nX = 1\n",
    "third_party_import_before": "import numpy\nimport pytest\n\nX = 1\n",
    "third_party_import_after_plain": "import numpy\nimport zope\n\nX = 1\n",
    "third_party_import_after_mixed": "import numpy\nimport zope\n\nX = 1\n",
    "third_party_from_after": "from pytest import mark\nfrom zope import interface\n\nX = 1\n",
    "third_party_from_only_after": "from zope import interface\n\nX = 1\n",
    "third_party_both_plain": "import pytest\nimport zope\nfrom numpy import array\nfrom trio import run\n\nX = 1\n",
    "third_party_both_mixed": "from numpy import array\nimport pytest\nfrom trio import run\nimport zope\n\nX = 1\n",
    "all_sections": (
        '"""Docstring."""\n\nfrom __future__ import annotations\n\nimport os\nfrom pathlib import Path\n\n'
        "import pytest\nfrom trio import run\n\nimport mylib\n\nfrom . import helper\n\n\ndef f():\n    pass\n"
    ),
    "comments_above": "# Copyright: me.\n\n# About it.\nfrom zope import interface\n\nX = 1\n",
    "comments_between": "import os\n\n# About it.\nimport pytest\n\n# About that.\nfrom zope import interface\n\nX = 1\n",
    "comments_behind": "import os  # noqa: F401\n\nimport pytest  # as it is\n\nX = 1\n",
    "comment_above_own": "import os\n\n# About it.\nimport mylib\n\nX = 1\n",
    "lines_in_parentheses_plain": "import pytest\nfrom numpy import (\n    array,\n    zeros,\n)\n\nX = 1\n",
    "type_checking": (
        "from typing import TYPE_CHECKING\n\nimport pytest\n\n"
        "if TYPE_CHECKING:\n    from collections.abc import Iterator\n\n    from zope import interface\n\nX = 1\n"
    ),
    "type_checking_standard": (
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from zope import interface\n\nX = 1\n"
    ),
    "type_checking_below_future": (
        "from __future__ import annotations\n\nfrom typing import TYPE_CHECKING\n\nimport pytest\n\n"
        "from mylib import f\n\nif TYPE_CHECKING:\n    from zope import interface\n\n\ndef g():\n    pass\n"
    ),
    "imports_below_code": 'import pytest\n\nnp = pytest.importorskip("numpy")\n\nfrom mylib import f\n\nX = 1\n',
    "capitals_and_numbers": "from PIL import Image\nfrom this2 import x\nfrom this10 import y\nfrom Zope import z\n\nX = 1\n",
    "nothing_below": "import os\n",
    "nothing_below_third_party": "import os\n\nimport pytest\n",
    "no_newline_at_the_end": "import os",
}


@pytest.fixture(params=[False, True], ids=["plain", "mixed"])
def project(request, tmp_path):
    """Return the folder of a project, and how it sorts imports."""
    (tmp_path / "mylib").mkdir()
    setting = str(request.param).lower()
    (tmp_path / "pyproject.toml").write_text(
        f"[tool.ruff.lint.isort]\nforce-sort-within-sections = {setting}\n"
    )
    return tmp_path, request.param


def is_sorted(path):
    command = [RUFF, "check", "--no-cache", "--select=I", "--quiet", str(path)]
    done = subprocess.run(command, cwd=path.parents[1], capture_output=True, text=True, check=False)
    return not done.returncode, done.stdout + done.stderr


@pytest.mark.skipif(RUFF is None, reason="Ruff is not installed")
@pytest.mark.slow
def test_a_sorted_file_stays_sorted(project, subtests):
    this_tests(with_import, read_order)
    root, mixed = project
    (root / "tests").mkdir()
    for name, source in CASES.items():
        if name.endswith("_plain" if mixed else "_mixed"):
            continue
        path = root / "tests" / "test_it.py"
        with subtests.test(name):
            path.write_text(source)
            assert is_sorted(path) == (True, "")
            text = SourceText(source.encode())
            with_import(text, read_order(root))
            path.write_bytes(text.encoded())
            assert is_sorted(path) == (True, ""), path.read_text()


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("name", CASES)
def test_what_is_added_can_be_taken_out_again(name, newline):
    this_tests(with_import, without_declarations)
    used = "this_tests(1)"
    source = CASES[name].replace("\n", newline).encode()
    text = SourceText(source)
    with_import(text, Order(lambda module: module == "mylib"))
    end = b"" if source.endswith(b"\n") else b"\n"
    added = text.encoded() + end + f"{newline}{used}{newline}".encode()
    assert without_declarations(added)[0] == source + end + newline.encode()


@pytest.mark.parametrize(
    ("files", "mixed"),
    [
        ({}, None),
        ({"pyproject.toml": "[tool.isort]\nforce_sort_within_sections = true\n"}, True),
        ({"pyproject.toml": '[tool.isort]\nprofile = "google"\n'}, True),
        ({"ruff.toml": "[lint.isort]\nforce-sort-within-sections = true\n"}, True),
        ({"pyproject.toml": "[tool.ruff.isort]\nforce-sort-within-sections = false\n"}, False),
        ({".isort.cfg": "[settings]\nforce_sort_within_sections = True\n"}, True),
        ({"setup.cfg": "[isort]\nforce_sort_within_sections = 1\n"}, True),
        ({"ruff.toml": "not toml", "setup.cfg": "neither"}, None),
    ],
)
def test_the_order_is_read_from_the_settings_of_ruff_and_isort(tmp_path, files, mixed):
    this_tests(read_order)
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    assert read_order(tmp_path).mixed is mixed


def test_a_line_between_the_two_forms_is_heeded(tmp_path):
    this_tests(with_import, read_order)
    (tmp_path / "pyproject.toml").write_text("[tool.ruff.lint.isort]\nlines-between-types = 1\n")
    text = SourceText(b"import pytest\n\nfrom zope import interface\n")
    with_import(text, read_order(tmp_path))
    assert text.encoded() == (
        b"import pytest\n\nfrom this_tests import this_tests\nfrom zope import interface\n"
    )


def test_without_a_setting_the_file_shows_its_order():
    this_tests(with_import)
    source = b"from numpy import array\nimport pytest\nimport zope\n"
    text = SourceText(source)
    with_import(text, Order())
    assert text.encoded().splitlines()[2] == b"from this_tests import this_tests"
