"""Declarations that are written into test files."""

import pytest

from this_tests import this_tests
from this_tests.suite.codemod import declared_in


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            '"""Docstring."""\n\ndef test_it(): pass\n',
            '"""Docstring."""\n\nfrom this_tests import this_tests\n\ndef test_it(): this_tests("lib.f"); pass\n',
        ),
        (
            "from __future__ import annotations\r\ndef test_it():\r\n\tpass\r\n",
            "from __future__ import annotations\r\n\r\nfrom this_tests import this_tests\r\n"
            'def test_it():\r\n\tthis_tests("lib.f")\r\n\tpass\r\n',
        ),
        (
            "import this_tests as tt\nfrom lib import f as g\ndef test_it():\n  pass",
            "import this_tests as tt\nfrom lib import f as g\ndef test_it():\n  tt.this_tests(g)\n  pass",
        ),
        (
            "from this_tests import this_tests as says\nimport lib\ndef test_it(lib):\n    pass\n",
            "from this_tests import this_tests as says\nimport lib\n"
            'def test_it(lib):\n    says("lib.f")\n    pass\n',
        ),
        (
            "# -*- coding: latin-1 -*-\nimport lib\nasync def test_it():\n    'é'\n    pass  # é\n",
            "# -*- coding: latin-1 -*-\nimport lib\nfrom this_tests import this_tests\n"
            "async def test_it():\n    'é'\n    this_tests(lib.f)\n    pass  # é\n",
        ),
        (
            "import os\n\nimport pytest\nfrom hypothesis import given\nfrom trio import run\n\nimport lib\n\n"
            "def test_it():\n    pass\n",
            "import os\n\nimport pytest\nfrom hypothesis import given\nfrom this_tests import this_tests\n"
            "from trio import run\n\nimport lib\n\ndef test_it():\n    this_tests(lib.f)\n    pass\n",
        ),
        (
            "from pytest import mark\n\nfrom . import lib\n\ndef test_it():\n    pass\n",
            "from pytest import mark\nfrom this_tests import this_tests\n\nfrom . import lib\n\n"
            'def test_it():\n    this_tests("lib.f")\n    pass\n',
        ),
        (
            "from this_tests import this_tests\ndef test_it():\n    @wrapped\n    def inner(): pass\n",
            'from this_tests import this_tests\ndef test_it():\n    this_tests("lib.f")\n\n'
            "    @wrapped\n    def inner(): pass\n",
        ),
        (
            "from this_tests import this_tests\ndef test_it():\n    'Doc.'\n\n    class Inner: pass\n",
            "from this_tests import this_tests\ndef test_it():\n    'Doc.'\n    this_tests(\"lib.f\")\n\n"
            "    class Inner: pass\n",
        ),
        ("def test_it(): pass\ndef test_it(): pass\n", None),
        ("if True:\n    def test_it(): pass\n", None),
    ],
)
def test_a_call_is_written_in_the_style_of_the_file(source, expected):
    this_tests(declared_in)
    encoding = "latin-1" if "latin-1" in source else "utf-8"
    found = declared_in(source.encode(encoding), {"test_it": ["lib.f"]})
    assert found == (expected or source).encode(encoding)
