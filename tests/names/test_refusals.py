# ruff: noqa: ARG005  # each case makes its target from the library, whether it needs it or not
"""A target that is not a callable of the library is refused with one of two messages."""

import ast
import collections.abc
import contextvars
import ctypes
import datetime as dt
import functools
import importlib.util
import io
import itertools
import operator
import re
import sys
import threading
import types
import unittest.mock
import warnings
import weakref
from pathlib import Path

import pytest
from calls import run, written

from this_tests import NotAFunctionError, NotInApiError, TargetError, this_tests
from this_tests.names import Names

HERE = __name__


class Raising:
    """Raises on each access and operator."""

    def _raise(self, *_):
        raise RuntimeError("do not touch")

    __getattr__ = __getattribute__ = __eq__ = __ne__ = __hash__ = __repr__ = __str__ = __bool__ = _raise
    __len__ = __iter__ = __dir__ = __format__ = __instancecheck__ = __get__ = _raise


class Exiting:
    def __getattr__(self, name):
        raise SystemExit

    __eq__ = __getattr__

    def __hash__(self):
        raise KeyboardInterrupt


class AnswersEverything:
    def __getattr__(self, name):
        return self

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


class CallableLiar(AnswersEverything):
    def __call__(self):
        return None


class Pretender:
    """Has the module and name of a function of the library."""

    __module__ = "shapes"
    __qualname__ = "area"
    __name__ = "area"


class ClassLiar:
    __class__ = types.FunctionType


class NoCall:
    __call__ = None


class PropertyBomb:
    @property
    def __wrapped__(self):
        raise RuntimeError

    @property
    def __dict__(self):
        raise RuntimeError

    @property
    def __module__(self):
        raise RuntimeError

    def __call__(self):
        return None


class MetaBomb(type):
    def __getattribute__(cls, name):
        raise RuntimeError("not even a name")

    def __instancecheck__(cls, instance):
        raise RuntimeError

    def __subclasscheck__(cls, subclass):
        raise RuntimeError

    def __eq__(cls, other):
        raise RuntimeError

    def __hash__(cls):
        raise RuntimeError


class Bombed(metaclass=MetaBomb):
    pass


class CallableBomb(metaclass=MetaBomb):
    def __call__(self):
        return None


class Slotted:
    __slots__ = ()

    def __call__(self):
        return None


class LazyProxy:
    """A proxy like Django's and werkzeug's: it creates its object at the first access."""

    def __init__(self, make):
        object.__setattr__(self, "make", make)

    def __getattribute__(self, name):
        return getattr(object.__getattribute__(self, "make")(), name)

    def __call__(self, *args):
        return object.__getattribute__(self, "make")()(*args)

    @property
    def __class__(self):
        return type(object.__getattribute__(self, "make")())


class TupleOfItself(tuple):
    __slots__ = ()


def wrapped_in_a_circle():
    return None


wrapped_in_a_circle.__wrapped__ = wrapped_in_a_circle


def forged():
    return None


forged.__module__ = "shapes"
forged.__qualname__ = forged.__name__ = "area"


def helper():
    return None


def local_function():
    def inner():
        return None

    return inner


async def coroutine_function():
    return None


def generator_function():
    yield


class Local:
    def method(self):
        return None

    @classmethod
    def made(cls):
        return cls

    @property
    def prop(self):
        return None


def lazy_module():
    spec = importlib.util.find_spec("colorsys")
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def recursive_list():
    made = []
    made.append(made)
    return made


AS_STR = None

NOT_A_FUNCTION = {
    "number": (lambda lib: 5, "5"),
    "negative float": (lambda lib: -0.5, "-0.5"),
    "infinity": (lambda lib: float("inf"), "inf"),
    "complex": (lambda lib: 1j, "1j"),
    "huge number": (lambda lib: 10**100, AS_STR),
    "truth": (lambda lib: True, "True"),
    "nothing": (lambda lib: None, "None"),
    "ellipsis": (lambda lib: ..., "Ellipsis"),
    "NotImplemented": (lambda lib: NotImplemented, "NotImplemented"),
    "bytes": (lambda lib: b"shapes.area", "b'shapes.area'"),
    "list": (lambda lib: [lib.area], AS_STR),
    "list that holds itself": (lambda lib: recursive_list(), "<list object>"),
    "tuple": (lambda lib: (lib.area,), AS_STR),
    "set": (lambda lib: set(), AS_STR),
    "dictionary": (lambda lib: {}, AS_STR),
    "range": (lambda lib: range(3), "<range object>"),
    "date": (lambda lib: dt.date(2020, 1, 1), "<datetime.date object>"),
    "path": (lambda lib: Path(), f"<{type(Path()).__module__}.{type(Path()).__qualname__} object>"),
    "syntax tree": (lambda lib: ast.Pass(), AS_STR),
    "compiled pattern": (lambda lib: re.compile("a"), "<re.Pattern object>"),
    "code": (lambda lib: lib.area.__code__, "<code object>"),
    "frame": (lambda lib: sys._getframe(), "<frame object>"),
    "cell": (lambda lib: types.CellType(lib.area), "<cell object>"),
    "lock": (lambda lib: threading.Lock(), "<_thread.lock object>"),
    "file": (lambda lib: io.StringIO(), AS_STR),
    "iterator": (lambda lib: iter([lib.area]), AS_STR),
    "generator": (lambda lib: (value for value in ()), AS_STR),
    "counter": (lambda lib: itertools.count(), "<itertools.count object>"),
    "context variable": (lambda lib: contextvars.ContextVar("shapes"), "<_contextvars.ContextVar object>"),
    "exception": (lambda lib: ValueError("shapes.area"), "<ValueError object>"),
    "deque": (lambda lib: collections.deque(), "<collections.deque object>"),
    "pointer": (
        lambda lib: ctypes.c_int(3),
        "<ctypes.c_long object>" if ctypes.sizeof(ctypes.c_long) == 4 else "<ctypes.c_int object>",
    ),
    "object": (lambda lib: object(), AS_STR),
    "value that a class computes": (lambda lib: lib.Series.fields, AS_STR),
    "object of the library": (lambda lib: lib.Square(), AS_STR),
    "object of a class of the test": (lambda lib: Local(), AS_STR),
    "raises at every touch": (lambda lib: Raising(), f"<{HERE}.Raising object>"),
    "leaves at every touch": (lambda lib: Exiting(), AS_STR),
    "answers everything": (lambda lib: AnswersEverything(), AS_STR),
    "says that it is a function": (lambda lib: ClassLiar(), AS_STR),
    "says that it is of the library": (lambda lib: Pretender(), AS_STR),
    "has no call": (lambda lib: NoCall(), AS_STR),
    "its class raises": (lambda lib: object.__new__(Bombed), AS_STR),
    "mock": (lambda lib: unittest.mock.Mock(), "<unittest.mock.Mock object>"),
    "mock with a specification": (
        lambda lib: unittest.mock.Mock(spec=lib.area),
        "<unittest.mock.Mock object>",
    ),
    "mock of a class": (
        lambda lib: unittest.mock.MagicMock(spec=lib.Circle),
        "<unittest.mock.MagicMock object>",
    ),
    "mock that wraps": (lambda lib: unittest.mock.Mock(wraps=lib.area), "<unittest.mock.Mock object>"),
    "asynchronous mock": (lambda lib: unittest.mock.AsyncMock(), "<unittest.mock.AsyncMock object>"),
    "mock of a property": (lambda lib: unittest.mock.PropertyMock(), "<unittest.mock.PropertyMock object>"),
    "mock with a name": (
        lambda lib: unittest.mock.Mock(__module__="shapes", __qualname__="area", __name__="area"),
        "<unittest.mock.Mock object>",
    ),
    "copy of a function's signature": (lambda lib: unittest.mock.create_autospec(lib.area), AS_STR),
    "copy of a class": (
        lambda lib: unittest.mock.create_autospec(lib.Circle),
        "<unittest.mock.MagicMock object>",
    ),
    "property of the test": (lambda lib: Local.prop, AS_STR),
    "empty string": (lambda lib: "", ""),
    "string without a dot": (lambda lib: "area", "area"),
    "string of nothing": (lambda lib: "shapes.nothing", "shapes.nothing"),
    "string of nothing in a class": (lambda lib: "shapes.Circle.nothing", "shapes.Circle.nothing"),
    "string of nothing further": (lambda lib: "shapes.area.nothing", "shapes.area.nothing"),
    "string of nothing elsewhere": (lambda lib: "no_such_library.f", "no_such_library.f"),
    "string with a space": (lambda lib: "shapes.area ", "shapes.area "),
    "string of a call": (lambda lib: "shapes.area()", "shapes.area()"),
    "string with two dots": (lambda lib: "shapes..area", "shapes..area"),
    "string of another case": (lambda lib: "shapes.Area", "shapes.Area"),
    "string with a zero byte": (lambda lib: "shapes.\0", "shapes.\\x00"),
    "string of half a character": (lambda lib: "shapes.\ud800", "shapes.\\ud800"),
    "string of a list": (lambda lib: "shapes.__all__", "shapes.__all__"),
}

NOT_IN_API = {
    "function of the test": (lambda lib: helper, f"{HERE}.helper"),
    "function inside a test": (lambda lib: local_function(), f"{HERE}.local_function.<locals>.inner"),
    "lambda": (lambda lib: lambda: 0, f"{HERE}.<lambda>.<locals>.<lambda>"),
    "coroutine function": (lambda lib: coroutine_function, f"{HERE}.coroutine_function"),
    "generator function": (lambda lib: generator_function, f"{HERE}.generator_function"),
    "class of the test": (lambda lib: Local, f"{HERE}.Local"),
    "method of the test": (lambda lib: Local().method, f"{HERE}.Local.method"),
    "class method of the test": (lambda lib: Local.made, f"{HERE}.Local.made"),
    "class whose class raises": (lambda lib: Bombed, f"{HERE}.Bombed"),
    "callable whose class raises": (
        lambda lib: object.__new__(CallableBomb),
        f"<{HERE}.CallableBomb object>",
    ),
    "callable that answers everything": (lambda lib: CallableLiar(), f"<{HERE}.CallableLiar object>"),
    "callable with properties that raise": (lambda lib: PropertyBomb(), f"<{HERE}.PropertyBomb object>"),
    "callable without attributes": (lambda lib: Slotted(), f"<{HERE}.Slotted object>"),
    "class that pretends": (lambda lib: Pretender, "shapes.area"),
    "function that pretends": (lambda lib: forged, "shapes.area"),
    "function wrapped in itself": (lambda lib: wrapped_in_a_circle, f"{HERE}.wrapped_in_a_circle"),
    "proxy": (lambda lib: LazyProxy(lambda: lib.area), f"<{HERE}.LazyProxy object>"),
    "class of the test that inherits": (
        lambda lib: type("Mine", (lib.Circle,), {"__module__": HERE}),
        f"{HERE}.Mine",
    ),
    "object of such a class": (
        lambda lib: type("Mine", (lib.Circle,), {"__module__": HERE})(1),
        f"<{HERE}.Mine object>",
    ),
    "built-in function": (lambda lib: len, "len"),
    "built-in class": (lambda lib: dict, "dict"),
    "method of a list": (lambda lib: [].append, "list.append"),
    "slot of every object": (lambda lib: object.__init__, "object.__init__"),
    "slot of an object of the library": (lambda lib: lib.Square().__repr__, "object.__repr__"),
    "function of the standard library": (lambda lib: functools.reduce, "_functools.reduce"),
    "function that the library imports": (lambda lib: lib._functions.functools.wraps, "functools.wraps"),
    "module that the library imports": (lambda lib: lib.math, "math"),
    "what the library wraps": (lambda lib: lib.from_elsewhere.__wrapped__, "json.dumps"),
    "partial of another library": (lambda lib: functools.partial(print), "<functools.partial object>"),
    "function that names a module of Python's": (
        lambda lib: lib.bindings.Table.foreign,
        "<binder.functions.Function object>",
    ),
    "another library's class without a module": (
        lambda lib: lib.bindings.Strange,
        "json.Strange",
    ),
    "another library's method of an object": (lambda lib: lib.bindings.randint, "random.Random.randint"),
    "getter of items": (lambda lib: operator.itemgetter(0), "<operator.itemgetter object>"),
    "weak reference": (
        lambda lib: weakref.ref(lib.area),
        f"<{type(weakref.ref(helper)).__module__}.{type(weakref.ref(helper)).__qualname__} object>",
    ),
    "class that Python makes at its start": (lambda lib: lib.bindings.ExceptionGroup, "ExceptionGroup"),
    "type of functions": (lambda lib: types.FunctionType, "function"),
    "generic alias": (lambda lib: list[int], "<types.GenericAlias object>"),
    "module": (lambda lib: sys, "sys"),
    "lazy module": (lambda lib: lazy_module(), "colorsys"),
    "private function": (lambda lib: lib._functions._private_helper, "shapes._functions._private_helper"),
    "private function of a public module": (
        lambda lib: lib.emath._private_in_public,
        "shapes.emath_like._private_in_public",
    ),
    "private function of a private module with a public name": (
        lambda lib: lib.shown_module._hidden,
        "shapes._private_module._hidden",
    ),
    "helper of tests inside the library": (
        lambda lib: importlib.import_module("shapes.tests.helpers").assert_round,
        "shapes.tests.helpers.assert_round",
    ),
    "private function that tests inside the library import": (
        lambda lib: importlib.import_module("shapes.tests.helpers").tuned,
        "shapes._functions.tuned",
    ),
    "private class": (lambda lib: lib._functions._PrivateClass, "shapes._functions._PrivateClass"),
    "method of a private class": (
        lambda lib: lib._functions._PrivateClass.method,
        "shapes._functions._PrivateClass.method",
    ),
    "private method": (lambda lib: lib.Circle(1)._hidden, "shapes._core._Base._hidden"),
    "member that the library has from Python": (
        lambda lib: lib.Lookup.get,
        f"{collections.abc.Mapping.get.__module__}.Mapping.get",
    ),
    "member that the library has from a C class": (lambda lib: lib.Pair.count, "tuple.count"),
    "string of another library": (lambda lib: "json.dumps", "json.dumps"),
    "string of a private function": (
        lambda lib: "shapes._functions._private_helper",
        "shapes._functions._private_helper",
    ),
    "string of what the library imports": (lambda lib: "shapes.math", "shapes.math"),
}


# Those whose text is made by code that may do anything.
SHOWN_BY_NAME = {
    "<operator.itemgetter object>",
    f"<{type(weakref.ref(helper)).__module__}.{type(weakref.ref(helper)).__qualname__} object>",
    "<types.GenericAlias object>",
    "colorsys",
}


@pytest.mark.slow
@pytest.mark.parametrize(("make", "text"), NOT_A_FUNCTION.values(), ids=NOT_A_FUNCTION)
def test_what_is_nothing_callable_is_refused_as_no_function(shapes, names, make, text):
    this_tests(Names.resolve)
    target = make(shapes)
    with pytest.raises(NotAFunctionError) as refused:
        names.resolve(target)
    shown = str(target) if text is AS_STR else text
    assert (str(refused.value), refused.value.target) == (f"'{shown}' is not a function", shown)


@pytest.mark.parametrize(
    ("call", "text"),
    {"shapes.Sine.order": "1", "sine.title": "Formula", "sine.order": "1"}.items(),
)
def test_a_value_is_no_function_though_its_place_has_a_name(shapes, names, call, text):
    this_tests(Names.resolve)
    with pytest.raises(NotAFunctionError) as refused:
        written(names, call, shapes=shapes, sine=shapes.Sine())
    assert str(refused.value) == f"'{text}' is not a function"


@pytest.mark.slow
@pytest.mark.parametrize(("make", "text"), NOT_IN_API.values(), ids=NOT_IN_API)
def test_what_is_not_the_librarys_own_is_refused_as_not_in_its_api(shapes, names, make, text):
    """It is shown as `str` gives it, and named in a hint; or its name alone is shown, without running its code."""
    this_tests(Names.resolve)
    target = make(shapes)
    with pytest.raises(NotInApiError) as refused:
        names.resolve(target)
    shown = text if text in SHOWN_BY_NAME else str(target)
    assert str(refused.value) == f"'{shown}' is not in the shapes API"
    is_named = shown != text and not text.startswith("<")
    assert (f"it is {text}" in getattr(refused.value, "__notes__", ())) == is_named


@pytest.mark.parametrize(
    ("make", "text"),
    {
        "array": (lambda: pytest.importorskip("numpy").zeros(3), "<numpy.ndarray object>"),
        "array function": (lambda: pytest.importorskip("numpy").any, AS_STR),
        "universal function": (lambda: pytest.importorskip("numpy").add, AS_STR),
        "tensor": (lambda: pytest.importorskip("torch").zeros(3), "<torch.Tensor object>"),
        "network": (
            lambda: pytest.importorskip("torch").nn.Linear(1, 1),
            "<torch.nn.modules.linear.Linear object>",
        ),
        "list of a tensor": (lambda: [pytest.importorskip("torch").zeros(3)], "<list object>"),
        "mock in a partial": (
            lambda: functools.partial(unittest.mock.Mock()),
            "<functools.partial object>",
        ),
        "long list": (lambda: [0] * 1000, "<list object>"),
        "long text": (lambda: "x" * 1000, "x" * 499 + "…"),
        "text for a terminal": (lambda: "\x1b[2J\n", "\\x1b[2J\\n"),
        "number without a text": (lambda: 10**5000, "<int object>"),
    }.values(),
)
def test_a_text_that_may_cost_or_change_something_is_not_asked_for(names, make, text):
    """That of a tensor waits for its device."""
    this_tests(Names.resolve)
    target = make()
    with pytest.raises(TargetError) as refused:
        names.resolve(target)
    assert refused.value.target == (str(target) if text is AS_STR else text)


def test_a_refused_mock_records_no_call(names):
    this_tests(Names.resolve)
    mock = unittest.mock.MagicMock()
    with pytest.raises(NotAFunctionError) as refused:
        names.resolve(mock)
    assert refused.value.__notes__ == ["it is a mock"]
    assert mock.mock_calls == []


def test_two_libraries_are_named_both(shapes):
    this_tests(Names.resolve)
    with pytest.raises(NotInApiError, match=r"^'<built-in function len>' is not in the shapes and json API"):
        Names(["shapes", "json"]).resolve(len)


def test_a_refusal_imports_nothing_and_warns_of_nothing(shapes, names):
    this_tests(Names.resolve)
    loaded = set(sys.modules)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for make, _ in [*NOT_A_FUNCTION.values(), *NOT_IN_API.values()]:
            target = make(shapes)
            loaded.update(sys.modules)
            with pytest.raises(TargetError):
                written(names, "target", target=target)
    assert set(sys.modules) == loaded


def test_a_hint_names_what_may_be_meant(documented):
    this_tests(Names.resolve)
    with pytest.raises(NotAFunctionError) as refused:
        documented("shapes.perimeter").resolve("shapes.perimetre")
    assert refused.value.__notes__ == ["did you mean 'shapes.perimeter'?"]


def test_a_hint_tells_how_to_accept_what_is_private(shapes, names):
    this_tests(Names.resolve)
    with pytest.raises(NotInApiError) as refused:
        names.resolve(shapes._functions._private_helper)
    assert refused.value.__notes__ == [
        "it is shapes._functions._private_helper",
        "it is private: set private = true in [tool.this-tests] to accept it",
    ]


def test_private_callables_are_accepted_where_the_project_says_so(shapes):
    this_tests(Names)
    private = Names(["shapes"], private=True)
    found = private.resolve(shapes._functions._private_helper)
    assert (found.name, found.documented) == ("shapes._functions._private_helper", False)
    assert private.resolve(shapes.Circle(1)._hidden).name.endswith("._hidden")
    assert private.resolve("shapes._functions._private_helper").name == "shapes._functions._private_helper"


def test_what_is_refused_is_refused_again(names):
    this_tests(Names.resolve)
    for _ in range(2):
        with pytest.raises(NotInApiError):
            run(names, "return [this_tests(target) for target in targets]", targets=[helper])
