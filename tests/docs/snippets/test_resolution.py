"""Which lines of a test call a callable: what names mean in the files of tests."""

from pathlib import Path

import pytest

from this_tests import this_tests
from this_tests.docs.snippets.folder import Folder
from this_tests.docs.snippets.helpers import Helpers
from this_tests.docs.snippets.matching import Known, Wanted
from this_tests.docs.snippets.mentions import mentions_in, operations_in
from this_tests.docs.snippets.resolution import Resolution
from this_tests.docs.snippets.snippet import Sources, TestSource

FUNCTION = ("mylib.pack", "mylib.packing.pack")
METHOD = ("mylib.Schema.load", "mylib.schema.Schema.load")
CLASS = ("mylib.Schema", "mylib.schema.Schema")
DECORATOR = ("mylib.post_load", "mylib.decorators.post_load")
SPECIAL = ("mylib.Schema.{}", "mylib.schema.Schema.{}")

# By name: what is sought, the file, in which `# <` stands where a line is to be marked.
CASES = {
    "a module": (FUNCTION, "import mylib\ndef test_it():\n    mylib.pack()  # <\n"),
    "another module": (FUNCTION, "import json, other\ndef test_it():\n    other.pack(json.pack())\n"),
    "a renamed module": (FUNCTION, "import mylib.packing as p\ndef test_it():\n    p.pack()  # <\n"),
    "a part of the package": (
        FUNCTION,
        "from mylib import array_api\ndef test_it():\n    array_api.pack()\n",
    ),
    "the defining module": (FUNCTION, "from mylib.packing import pack\ndef test_it():\n    pack()  # <\n"),
    "a renamed function": (FUNCTION, "from mylib import pack as p\ndef test_it():\n    p()  # <\n"),
    "a local import": (FUNCTION, "def test_it():\n    from mylib import pack\n    pack()  # <\n"),
    "an import from elsewhere": (FUNCTION, "from other import pack\ndef test_it():\n    pack()\n"),
    "a star": (FUNCTION, "from mylib import *\ndef test_it():\n    pack()  # <\n"),
    "a local function": (FUNCTION, "def test_it():\n    def pack(): pass\n    pack()\n"),
    "a local variable": (FUNCTION, "from mylib import pack\ndef test_it():\n    pack = []\n    pack()\n"),
    "a parameter": (FUNCTION, "from mylib import pack\ndef test_it(pack):\n    pack()\n"),
    "an alias": (FUNCTION, "import mylib\nP = mylib.pack\ndef test_it():\n    P()  # <\n"),
    "a partial": (
        FUNCTION,
        "import mylib\nfrom functools import partial\ndef test_it():\n"
        "    short = partial(mylib.pack, 1)  # no call yet\n    short()  # <\n",
    ),
    "a module that may be missing": (
        FUNCTION,
        "import pytest\nmylib = pytest.importorskip('mylib')\ndef test_it():\n    mylib.pack()  # <\n",
    ),
    "nested": (
        FUNCTION,
        "import mylib\ndef test_it(x=1):\n    def inner(y=mylib.pack()):  # <\n        mylib.pack()  # <\n"
        "    z = lambda: mylib.pack()  # <\n    [mylib.pack() for _ in x]  # <\n"
        "    match mylib.pack():  # <\n        case [1, *_]:\n            mylib.pack()  # <\n",
    ),
    "a variable of a comprehension": (
        FUNCTION,
        "from mylib import pack\ndef test_it():\n    [pack() for pack in []]\n    pack()  # <\n",
    ),
    "an expected error": (
        FUNCTION,
        "import mylib, pytest\ndef test_it():\n    pytest.raises(ValueError, mylib.pack, 1)  # <\n"
        "    with pytest.raises(mylib.PackError):\n        mylib.pack()  # <\n",
    ),
    "given": (
        FUNCTION,
        "import mylib, pytest\n@pytest.mark.parametrize('f', [mylib.pack, len])  # <\n"
        "def test_it(f):\n    f(1)  # <\n    len(f)\n",
    ),
    "given by a name": (
        CLASS,
        "import mylib, pytest\nALL = [mylib.Schema, mylib.Other]\n@pytest.mark.parametrize(('a', 'cls'), ALL)\n"
        "def test_it(cls):\n    pass\n",
    ),
    "given in a list": (
        CLASS,
        "import mylib, pytest\nALL = [mylib.Schema, mylib.Other]\n@pytest.mark.parametrize('cls', ALL)\n"
        "def test_it(cls):\n    cls()  # <\n",
    ),
    "a helper": (FUNCTION, "import mylib\ndef h(): mylib.pack()\ndef test_it():\n    h()  # <\n"),
    "a helper with another callable": (
        FUNCTION,
        "import other\ndef h(): other.pack()\ndef test_it():\n    h()\n",
    ),
    "a constructor": (CLASS, "import mylib\ndef test_it():\n    mylib.Schema()  # <\n"),
    "a class of this name": (
        CLASS,
        "import decimal\ndef test_it():\n    decimal.Schema()\n    x.schema = 1\n",
    ),
    "a subclass": (
        CLASS,
        "from mylib import Schema\nclass S(Schema): pass\ndef test_it():\n    S()  # <\n    isinstance(1, Schema)\n",
    ),
    "an instance": (METHOD, "import mylib\ndef test_it():\n    s = mylib.Schema()\n    s.load(1)  # <\n"),
    "an instance at once": (METHOD, "import mylib\ndef test_it():\n    mylib.Schema().load(1)  # <\n"),
    "an alias of a class": (METHOD, "import mylib\nS = mylib.Schema\ndef test_it():\n    S().load(1)  # <\n"),
    "an unbound method": (METHOD, "from mylib import Schema\ndef test_it():\n    Schema.load(1, 2)  # <\n"),
    "an alias of a method": (
        METHOD,
        "import mylib\nload = mylib.Schema().load\ndef test_it():\n    load()  # <\n",
    ),
    "data": (
        METHOD,
        "import json\ndef test_it():\n    json.load(1)\n    {}.load()\n    x = 'a'\n    x.load()\n",
    ),
    "an instance of another class": (METHOD, "import o\ndef test_it():\n    s = o.Schema()\n    s.load(1)\n"),
    "what another library returns": (METHOD, "import o\ndef test_it():\n    o.make().inner.get().load(1)\n"),
    "an instance of a subclass": (
        METHOD,
        "from mylib import Schema\ndef test_it():\n    class S(Schema):\n        def f(self):\n"
        "            self.load(1)  # <\n            super().load(1)  # <\n    S().load(1)  # <\n",
    ),
    "an overridden method": (
        METHOD,
        "from mylib import Schema\ndef test_it():\n    class S(Schema):\n        def load(self): pass\n    S().load(1)\n",
    ),
    "a context": (
        METHOD,
        "import mylib\ndef test_it():\n    with mylib.Schema() as s:\n        s.load(1)  # <\n",
    ),
    "items": (
        METHOD,
        "import mylib\ndef test_it():\n    for s in [mylib.Schema()]:\n        s.load(1)  # <\n",
    ),
    "an annotation": (METHOD, "import mylib\ndef test_it(s: mylib.Schema):\n    s.load(1)  # <\n"),
    "another annotation": (METHOD, "import o\ndef test_it(s: 'o.Runner'):\n    s.load(1)\n"),
    "a fixture": (
        METHOD,
        "import mylib, pytest\n@pytest.fixture\ndef s():\n    yield mylib.Schema()\ndef test_it(s):\n    s.load(1)  # <\n",
    ),
    "a fixture of another type": (
        METHOD,
        "import o, pytest\n@pytest.fixture\ndef s():\n    return o.Runner()\ndef test_it(s):\n    s.load(1)\n",
    ),
    "a fixture of pytest": (METHOD, "def test_it(monkeypatch):\n    monkeypatch.load(1)\n"),
    "setup": (
        METHOD,
        "import mylib\nclass TestIt:\n    def setup_method(self):\n        self.s = mylib.Schema()\n"
        "        self.o = {}\n    def test_it(self):\n        self.s.load(1)  # <\n        self.o.load(1)\n",
    ),
    "an inherited test": (
        CLASS,
        "import mylib\nclass Base:\n    def test_it(self):\n        self.cls()  # <\n"
        "class TestIt(Base):\n    cls = mylib.Schema\n",
    ),
    "a caught exception": (
        METHOD,
        "import mylib, pytest\ndef test_it():\n    with pytest.raises(mylib.Schema) as e:\n        pass\n"
        "    e.value.load(1)  # <\n    e.load(1)\n",
    ),
    "a copy": (METHOD, "import copy, mylib\ndef test_it():\n    copy.copy(mylib.Schema()).load(1)  # <\n"),
    "an unknown receiver": (METHOD, "def test_it(s):\n    s.load(1)  # <\n    load = 1\n    load(1)\n"),
    "a decorator": (
        DECORATOR,
        "from mylib import post_load\ndef test_it():\n    class S:\n        @post_load  # <\n"
        "        def post_load(self): pass\n        @post_dump\n        def f(self): pass\n",
    ),
    "a field": (FUNCTION, "import mylib\ndef test_it():\n    class S:\n        x = mylib.pack()  # <\n"),
    "a property": (METHOD, "import mylib\ndef test_it():\n    assert mylib.Schema().load == 1  # <\n"),
    "a local name like a property": (METHOD, "def test_it():\n    load = {}\n    assert load\n"),
    "a declaration": (
        FUNCTION,
        "import mylib\ndef test_it():\n    this_tests(mylib.pack)\n    mylib.pack()  # <\n",
    ),
    "defined by itself": (METHOD, "def test_it():\n    s = s.load(1)  # <\n"),
}

SPECIAL_CASES = {
    "len": "len(s)  # <\n    len([])",
    "add": "s + 1  # <\n    1 + 1",
    "enter": "with s:  # <\n        pass",
    "getitem": "s[0]  # <\n    x[0]",
    "contains": "1 in s  # <",
    "eq": "s == 1  # <\n    u == 1",
    "iter": "list(s)  # <\n    for _ in s:  # <\n        pass",
    "call": "s(1)  # <\n    u(1)",
    "neg": "-s  # <",
    "init": "mylib.Schema()  # <\n    mylib.Other()",
}


def marked(
    root: Path, names: tuple[str, ...], text: str, known: Known | None = None
) -> tuple[list[int], list[int]]:
    """Return the lines that are marked in the file, and those that should be."""
    (root / "test_it.py").write_text(text, encoding="utf-8")
    test = "TestIt::test_it" if "class TestIt" in text else "test_it"
    source = Sources(Folder(root)).test(f"test_it.py::{test}")
    assert source
    is_member = names[0].count(".") > 1
    snippet = source.snippet(*names, limit=1000, known=known or Known(member=is_member))
    first = min(
        source.line, *(line.lineno for line in (*source.definition.decorator_list, source.definition))
    )
    expected = [number for number, line in enumerate(text.split("\n"), 1) if line.endswith("# <")]
    return [line + first - 1 for line in snippet.calls], expected


@pytest.mark.parametrize("case", CASES)
def test_the_lines_that_call_a_callable_are_marked(tmp_path: Path, case: str):
    this_tests(TestSource.snippet, Resolution.meanings, mentions_in, Wanted.is_meant)
    found, expected = marked(tmp_path, *CASES[case])
    assert found == expected


@pytest.mark.parametrize("name", SPECIAL_CASES)
def test_operators_call_special_methods_of_known_types(tmp_path: Path, name: str):
    this_tests(operations_in, TestSource.uses)
    names = tuple(path.format(f"__{name}__") for path in SPECIAL)
    start = "" if name == "init" else "    s = mylib.Schema()\n"
    text = f"import mylib\ndef test_it(u):\n{start}    {SPECIAL_CASES[name]}\n"
    found, expected = marked(tmp_path, names, text)
    assert found == expected


UNKNOWN = "def test_it(s):\n    s.load(1)  # <\n"


@pytest.mark.parametrize(
    ("known", "is_marked"),
    [
        (Known(member=True), True),
        (Known(member=True, direct=False), False),
        (Known(member=True, rivals=frozenset({"mylib.Runner.load"})), False),
        # A function of the library is no method of what a variable holds.
        (Known(member=True, rivals=frozenset({"mylib.load"})), True),
    ],
)
def test_an_unknown_receiver_is_what_was_observed(tmp_path: Path, known: Known, *, is_marked: bool):
    this_tests(Wanted.is_meant)
    found, expected = marked(tmp_path, METHOD, UNKNOWN, known)
    assert found == (expected if is_marked else [])


def test_a_rival_that_a_known_receiver_calls_does_not_stand_for_an_unknown_one(tmp_path: Path):
    this_tests(TestSource.uses)
    text = "import mylib\ndef test_it(s):\n    mylib.Runner().load(1)\n    s.load(1)  # <\n"
    others = frozenset({"mylib.Runner.load"})
    found, expected = marked(tmp_path, METHOD, text, Known(member=True, others=others, rivals=others))
    assert found == expected


def test_a_method_of_another_class_of_the_library_is_another_callable(tmp_path: Path):
    this_tests(Wanted.is_meant)
    others = frozenset({"mylib.Runner.load"})
    text = "import mylib\ndef test_it():\n    mylib.Runner().load(1)\n    mylib.Sub().load(1)  # <\n"
    found, expected = marked(tmp_path, METHOD, text, Known(member=True, others=others))
    assert found == expected


def test_an_inherited_method_is_found_by_its_origin(tmp_path: Path):
    this_tests(Wanted.is_meant)
    known = Known(member=True, origins=lambda name: METHOD[1:] if name == "mylib.Sub.load" else ())
    text = "import mylib\ndef test_it():\n    mylib.Sub().load(1)  # <\n"
    found, expected = marked(tmp_path, METHOD, text, known)
    assert found == expected


def test_what_fixtures_and_helpers_of_other_test_files_are_is_known(tmp_path: Path):
    this_tests(Helpers.lead_to, "this_tests.docs.snippets.definitions.Files.helpers")
    (tmp_path / "conftest.py").write_text(
        "import mylib, pytest, other\n@pytest.fixture\ndef s(): return mylib.Schema()\n"
        "@pytest.fixture\ndef o(): return other.Schema()\n"
    )
    (tmp_path / "helpers.py").write_text(
        "import mylib\ndef load_it(): mylib.Schema().load(1)\nALL = [mylib.Schema]\n"
    )
    text = "def test_it(s, o):\n    s.load(1)  # <\n    o.load(1)\n"
    found, expected = marked(tmp_path, METHOD, text)
    assert found == expected

    text = "from helpers import load_it\ndef test_it():\n    load_it()  # <\n"
    found, expected = marked(tmp_path, METHOD, text)
    assert found == expected

    text = (
        "import pytest\nfrom helpers import ALL\n@pytest.mark.parametrize('cls', ALL)\n"
        "def test_it(cls):\n    cls()  # <\n"
    )
    found, expected = marked(tmp_path, CLASS, text)
    assert found == expected


def test_the_library_is_not_read(tmp_path: Path):
    this_tests("this_tests.docs.snippets.definitions.Files.helpers")
    (tmp_path / "mylib").mkdir()
    (tmp_path / "mylib" / "__init__.py").write_text("def pack(): pass\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text("import mylib\ndef test_it():\n    mylib.pack()\n")
    folder = Folder(tmp_path)
    source = Sources(folder).test("tests/test_it.py::test_it")
    assert source
    assert source.uses(*FUNCTION) == [3]
    assert not any(path.startswith("mylib/") for path in folder.seen)
