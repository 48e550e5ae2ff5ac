"""Names depend on the modules loaded when collection ends, not on what a test imports."""

import importlib
import subprocess
import sys
import textwrap

import pytest
from calls import written

from this_tests import this_tests
from this_tests.names import Names


def load(tmp_path, monkeypatch, name, **sources):
    folder = tmp_path / name
    folder.mkdir()
    for module, source in {"__init__": "", **sources}.items():
        (folder / f"{module}.py").write_text(textwrap.dedent(source))
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(name)


@pytest.fixture
def forget():
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.usefixtures("forget")
def test_what_a_test_imports_adds_no_alias(tmp_path, monkeypatch):
    this_tests(Names.freeze)
    library = load(
        tmp_path, monkeypatch, "frozen", core="def f(): ...", other="from .core import f\n__all__ = ['f']"
    )
    core = importlib.import_module("frozen.core")
    names = Names(["frozen"])
    names.freeze()
    importlib.import_module("frozen.other")
    assert names.resolve(core.f).aliases == ()
    assert library.core is core


@pytest.mark.usefixtures("forget")
def test_what_was_loaded_later_is_found_nevertheless(tmp_path, monkeypatch):
    this_tests(Names.resolve, Names.freeze)
    load(tmp_path, monkeypatch, "growing", later="def f(): ...")
    names = Names(["growing"])
    names.freeze()
    assert names.resolve("growing.later.f").name == "growing.later.f"
    later = importlib.import_module("growing.later")
    assert names.resolve(later.f).name == "growing.later.f"


@pytest.mark.usefixtures("forget")
def test_a_patched_function_leaves_the_real_one_its_name(tmp_path, monkeypatch):
    this_tests(Names.resolve)
    library = load(tmp_path, monkeypatch, "patched", __init__="def f(): ...\nclass C:\n    def m(self): ...")
    names = Names(["patched"])
    assert names.resolve("patched.f").name == "patched.f"
    real = library.f
    monkeypatch.setattr(library, "f", lambda: None)
    assert names.resolve(real).name == "patched.f"


@pytest.mark.usefixtures("forget")
def test_a_module_in_place_of_a_module_answers_for_it(tmp_path, monkeypatch):
    this_tests(Names.resolve)
    source = """
        import sys, types
        def f(): ...
        class Instead(types.ModuleType):
            def __init__(self, module):
                super().__init__(module.__name__)
                self.kept = module
            def __getattr__(self, name):
                return getattr(self.kept, name)
            def own(self): ...
        sys.modules[__name__] = Instead(sys.modules[__name__])
    """
    load(tmp_path, monkeypatch, "replaced", inner=source)
    inner = importlib.import_module("replaced.inner")
    names = Names(["replaced"])
    assert names.resolve(inner.f).name == "replaced.inner.f"
    assert names.resolve(inner.own).name == "replaced.inner.own"


@pytest.mark.usefixtures("forget")
def test_a_table_of_lazy_names_is_followed(tmp_path, monkeypatch):
    this_tests(Names.resolve)
    source = """
        import importlib
        def attach(table):
            def __getattr__(name):
                return getattr(importlib.import_module("attached." + table[name]), name)
            return __getattr__
        __getattr__ = attach({"f": "_inner", "g": "_inner"})
    """
    library = load(tmp_path, monkeypatch, "attached", __init__=source, _inner="def f(): ...\ndef g(): ...")
    names = Names(["attached"])
    assert names.resolve(library.f).name == "attached.f"
    assert names.resolve("attached.g").name == "attached.g"


@pytest.mark.usefixtures("forget")
def test_a_function_that_hides_its_module_is_found_in_it(tmp_path, monkeypatch):
    this_tests(Names.resolve)
    library = load(
        tmp_path, monkeypatch, "hiding", __init__="from .f import f", f="def f(): ...\ndef g(): ..."
    )
    names = Names(["hiding"])
    assert names.resolve("hiding.f.g").name == "hiding.f.g"
    assert names.resolve("hiding.f").name in {"hiding.f", "hiding.f.f"}
    assert names.resolve(library.f).name == "hiding.f"


MANY_METHODS = """
def method(self): ...
methods = {f"method_{number}": type(method)(method.__code__, globals()) for number in range(300)}
Wide = type("Wide", (), {**methods, "another_name": methods["method_7"]})
Copy = type("Copy", (), {**vars(Wide), "own": lambda self: None})
Same = type("Same", (), {**methods, "another_name": methods["method_7"]})
Other = type("Other", (), {**methods, "another_name": methods["method_8"]})
"""


@pytest.mark.usefixtures("forget")
def test_classes_that_hold_the_same_hundreds_of_methods_each_name_them(tmp_path, monkeypatch):
    this_tests(Names.resolve)
    library = load(tmp_path, monkeypatch, "wide", __init__=MANY_METHODS)
    names = Names(["wide"])
    found = names.resolve(library.Wide.method_7)
    classes = ("Wide", "Copy", "Same", "Other")
    assert {found.name, *found.aliases} == {
        *(f"wide.{name}.method_7" for name in classes),
        *(f"wide.{name}.another_name" for name in classes[:3]),
    }
    found = names.resolve(library.Wide.method_8)
    assert {found.name, *found.aliases} == {
        *(f"wide.{name}.method_8" for name in classes),
        "wide.Other.another_name",
    }
    assert names.resolve(library.Copy.own).name == "wide.Copy.own"


def test_no_index_is_built_before_a_target_needs_it():
    this_tests(Names)
    code = (
        "import this_tests.names, sys; n = this_tests.names.Names(['json']); n.freeze(); print(n._at_start)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"


def test_resolving_loads_no_heavy_library():
    this_tests(Names.resolve)
    code = (
        "import json, sys; from this_tests.names import Names; Names(['json']).resolve(json.dumps);"
        "print(sorted({'torch', 'numpy', 'sphinx', 'pytest'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_same_call_is_answered_from_memory(shapes, names):
    this_tests(Names.resolve)
    [first] = written(names, "shapes.Circle.area", shapes=shapes)
    assert names.resolve(shapes.perimeter) is names.resolve(shapes.perimeter)
    assert first == written(names, "shapes.Circle.area", shapes=shapes)[0]


def test_objects_of_tests_are_not_kept_alive(shapes, names):
    import weakref

    this_tests(Names.resolve)
    circle = shapes.Circle(1)
    names.resolve(circle.area)
    names.resolve(circle)
    gone = weakref.ref(circle)
    del circle
    assert gone() is None
