"""Which callables count as called by the test's code: one table of forms, the same on each Python."""

import sys
import textwrap

import pytest

from this_tests.observations.relation import DIRECT
from this_tests.observe.direct_calls import Callees

pytestmark = [pytest.mark.slow, pytest.mark.this_tests(target=Callees)]

LIBRARY = """
    import functools

    def f(*args, **kwargs):
        return 1

    def g():
        return f()

    def fails(*args):
        raise ValueError

    def fails_inside():
        try:
            fails()
        except ValueError:
            pass

    def warns():
        import warnings
        warnings.warn("old", DeprecationWarning, stacklevel=2)

    @functools.lru_cache
    def cached(x=0):
        return x

    def deco(made):
        return made

    def factory(*args):
        def inner(made):
            return made
        return inner

    def gen():
        yield 1
        yield 2

    def started():
        iterator = gen()
        next(iterator)
        return iterator

    async def coro():
        return 1

    async def agen():
        yield 1

    def run(function, *args):
        return function(*args)

    def total(values):
        return sum(values)

    class Meta(type):
        def __instancecheck__(cls, instance):
            return True

        def __getitem__(cls, key):
            return cls

    class Checked(metaclass=Meta):
        pass

    class Plain:
        pass

    class Field:
        def __set_name__(self, owner, name):
            self.name = name

        def __get__(self, instance, owner):
            return 1

        def __set__(self, instance, value):
            pass

    class Base:
        def __init_subclass__(cls, **kwargs):
            pass

        def __class_getitem__(cls, item):
            return cls

        def __init__(self, *args):
            self.args = args

        def method(self):
            return self

        @classmethod
        def make(cls):
            return cls()

        @staticmethod
        def static():
            return 1

        @property
        def prop(self):
            return 1

        @prop.setter
        def prop(self, value):
            pass

    class Special:
        __match_args__ = ("a",)
        a = 1

        def __add__(self, other): return self
        def __radd__(self, other): return self
        def __iadd__(self, other): return self
        def __neg__(self): return self
        def __matmul__(self, other): return self
        def __getitem__(self, key): return 1
        def __setitem__(self, key, value): pass
        def __delitem__(self, key): pass
        def __contains__(self, key): return True
        def __len__(self): return 1
        def __iter__(self): return iter([1, 2])
        def __eq__(self, other): return True
        def __hash__(self): return 1
        def __lt__(self, other): return True
        def __bool__(self): return True
        def __call__(self, *args): return 1
        def __enter__(self): return self
        def __exit__(self, *args): return True
        async def __aenter__(self): return self
        async def __aexit__(self, *args): return None
        def __aiter__(self): return agen()
        def __await__(self):
            return 1
            yield
        def __str__(self): return "special"
        def __format__(self, spec): return "special"
        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return 1

    def adds(x):
        return x + x

    def enters(x):
        with x:
            pass

    special = Special()
    base = Base()
"""

HEAD = """
    from __future__ import annotations
    import asyncio
    import functools
    import unittest
    import helping
    import lib
    from lib import Base, Field, Special, base, special

    def helper(): return lib.f()
    def forwarding(function, *args): return function(*args)
    later = lambda: lib.f()
"""

# By form, what the body of a test is, and what of the library it calls directly.
FORMS = {
    # Calls.
    "a call": ("lib.f()", "f"),
    "an indirect call": ("lib.g()", "g"),
    "no call": ("x = lib.f, Base, base.method", ""),
    "star-args": ("lib.f(*[1], **{'a': 1})", "f"),
    "star-args, after an indirect call": ("lib.g()\nlib.f(*[1])", "g f"),
    "star-args of a class": ("lib.run(lib.Plain)\nlib.Plain(*[], **{})", "run Plain"),
    "a call in arguments": ("int(x=0) if 0 else lib.cached(lib.f())", "cached f"),
    "keyword arguments": ("lib.f(a=1)", "f"),
    "a class": ("lib.Plain()", "Plain"),
    "a class with a constructor": ("Base()", "Base Base.__init__"),
    "a method": ("base.method()", "Base.method"),
    "a chain of methods": ("base.method().method()", "Base.method"),
    "a classmethod": ("Base.make()", "Base.make"),
    "a staticmethod": ("Base.static()", "Base.static"),
    "a cached function": ("lib.cached()", "cached"),
    "an instance": ("special()", "special Special.__call__"),
    "a partial": ("functools.partial(lib.f, 1)()", "f"),
    "a bound method by a name": ("m = base.method; m()", "Base.method"),
    "a method of a class": ("Base.method(base)", "Base.method"),
    "super": (
        """
        lib.run(Base)
        class Local(Base):
            def __init__(self): super().__init__()
        Local()
        """,
        "run Base.__init__ Base.__init_subclass__",
    ),
    "walrus": ("(x := lib.f)(); (y := lib.cached())", "f cached"),
    "a conditional callee": ("(lib.f if 1 else lib.g)()", "f"),
    "the callee of a callee": ("lib.factory()(1)", "factory factory.<locals>.inner"),
    "a subscript's callee": ("{'f': lib.f}['f']()", "f"),
    "a call in an assert": ("assert lib.cached() == 0 and not lib.f(0) == 2", "cached f"),
    "a call in a message": ("assert lib.f(), lib.g()", "f"),
    "an f-string": ("f'{lib.f()} {lib.cached()!r:>{lib.f()}}'", "f cached"),
    "delete": ("x = {1: 1}; del x[lib.f()]; (lambda: lib.cached())()", "f cached"),
    "global code": ("helper()", "f"),
    "a helper's argument": ("forwarding(lib.f, 1)", "f"),
    "a helper of another file": ("helping.helper()", "f"),
    "a class made by a helper of another file": ("helping.makes()", "Plain cached"),
    "a lambda in the module": ("later()", "f"),
    "try and except": (
        """
        try: lib.fails()
        except (ValueError, lib.cached() or TypeError): lib.f()
        finally: lib.g()
        """,
        "fails cached f g",
    ),
    # Functions, classes and comprehensions in a test.
    "a nested function": ("def local(): return lib.f()\nlocal()", "f"),
    "a nested function that runs in the library": ("def local(): return lib.f()\nlib.run(local)", "f run"),
    "a nested function that is not called": ("def local(): return lib.f()", ""),
    "a function in a nested function": ("def a():\n    def b(): lib.cached()\n    b()\na()", "cached"),
    "a lambda": ("(lambda: lib.f())()", "f"),
    "a lambda's default": ("lambda x=lib.f(), *, y=lib.cached(): x", "f cached"),
    "defaults": ("def local(x=lib.f(), *, y=lib.cached()): pass", "f cached"),
    "a function's decorator": ("@lib.deco\ndef local(): pass", "deco"),
    "a coroutine's decorator": ("@lib.deco\nasync def local(): pass", "deco"),
    "a decorator with arguments": (
        "@lib.factory(lib.f())\ndef local(): pass",
        "factory factory.<locals>.inner f",
    ),
    "a class's decorator": ("@lib.deco\nclass Local: pass", "deco"),
    "a class as decorator": ("@lib.Base\ndef local(): pass", "Base Base.__init__"),
    "a class body": ("class Local: x = lib.cached()", "cached"),
    "a class body, after an indirect call": ("lib.g()\nclass Local: x = lib.f()", "g f"),
    "a field": ("class Local: x = Field()", "Field Field.__set_name__"),
    "a method's decorator": ("class Local:\n    @lib.deco\n    def method(self): pass", "deco"),
    "a method's defaults": ("class Local:\n    def method(self, x=lib.cached()): pass", "cached"),
    "a class in a class": ("class A:\n    class B:\n        x = lib.cached()", "cached"),
    "a class in a function in a class": (
        "class A:\n    def a(self):\n        class B: x = lib.cached()\nA().a()",
        "cached",
    ),
    "a comprehension in a class body": ("class A: x = [lib.cached() for _ in [1]]", "cached"),
    "a lambda in a class body": ("class A: x = lambda: lib.cached()\nA.x()", "cached"),
    "a base class": ("class Local(lib.run(lambda: Base)): pass", "run Base.__init_subclass__"),
    "a class's keyword": ("class Local(Base, a=lib.f()): pass", "f Base.__init_subclass__"),
    "a method of a local class": ("class A:\n    def a(self): return lib.cached()\nA().a()", "cached"),
    "an annotation that is not evaluated": (
        "class A:\n    x: lib.f(1) = 1\nassert A.__annotations__ == {'x': 'lib.f(1)'}",
        "",
    ),
    "annotations of a function that are not evaluated": (
        "def a(x: lib.f(1)) -> lib.g(): pass\n"
        "assert a.__annotations__ == {'x': 'lib.f(1)', 'return': 'lib.g()'}",
        "",
    ),
    "a list comprehension": ("[lib.cached() for _ in [1]]", "cached"),
    "a set comprehension": ("{lib.cached() for _ in [1]}", "cached"),
    "a dict comprehension": ("{lib.cached(): lib.f() for _ in [1]}", "cached f"),
    "a condition in a comprehension": ("[x for x in lib.gen() if lib.cached() == x]", "gen cached"),
    "a generator expression": ("list(lib.cached() for _ in [1])", "cached"),
    "a generator expression, of a function": ("list(lib.f() for _ in [1])", "f"),
    "a generator expression that the library runs": ("lib.total(lib.cached() for _ in [1])", "total cached"),
    "a generator expression in a class body": ("class A: x = list(lib.cached() for _ in [1])", "cached"),
    "a generator expression in a lambda": ("(lambda: sum(lib.cached() for _ in [1]))()", "cached"),
    "an operator in a list comprehension": ("[x + 1 for x in [special]]", "Special.__add__"),
    "an operator in a generator expression": ("list(x + 1 for x in [special])", "Special.__add__"),
    "a property in a dict comprehension": ("{1: x.prop for x in [base]}", "Base.prop"),
    # Callbacks.
    "map": ("list(map(lib.f, [1]))", "f"),
    "a sort key": ("sorted([1], key=lib.f)", "f"),
    "a callback that the library calls": ("lib.run(lib.f)", "run"),
    # What Python calls.
    "an operator": ("special + 1", "Special.__add__"),
    "a reflected operator": ("1 + special", "Special.__radd__"),
    "an augmented assignment": ("x = special; x += 1", "Special.__iadd__"),
    "a unary operator": ("-special", "Special.__neg__"),
    "matrix multiplication": ("special @ 1", "Special.__matmul__"),
    "a subscript": ("special[0]", "Special.__getitem__"),
    "an assigned subscript": ("special[0] = lib.f()", "Special.__setitem__ f"),
    "a deleted subscript": ("del special[0]", "Special.__delitem__"),
    "a slice": ("special[lib.f():]", "Special.__getitem__ f"),
    "in": ("assert 1 in special", "Special.__contains__"),
    "a comparison": ("assert special == 1", "Special.__eq__"),
    "an order": ("special < 1", "Special.__lt__"),
    "truth": ("x = 1 if special else 2", "Special.__bool__"),
    "not": ("not special", "Special.__bool__"),
    "len": ("len(special)", "Special.__len__"),
    "hash": ("hash(special); {special: 1}", "Special.__hash__"),
    "str": ("str(special)", "Special.__str__"),
    "a formatted value": ("f'{special}'", "Special.__format__"),
    "for": ("for x in special: pass", "Special.__iter__"),
    "iteration in a comprehension": ("[x for x in special]", "Special.__iter__"),
    "iteration in a generator expression": ("list(x for x in special)", "Special.__iter__"),
    "unpacking": ("x, y = special", "Special.__iter__"),
    "a starred argument": ("print(*special)", "Special.__iter__ Special.__len__"),
    "yield from": ("def local(): yield from special\nlist(local())", "Special.__iter__"),
    "a generator": ("for x in lib.gen(): pass", "gen"),
    "a generator that the library started": ("next(lib.started())", "started"),
    "with": ("with special: pass", "Special.__enter__ Special.__exit__"),
    "with a call": ("with Special() as x: lib.f()", "Special Special.__enter__ Special.__exit__ f"),
    "with an exception": ("with special: raise ValueError", "Special.__enter__ Special.__exit__"),
    "with, after the library did": ("lib.enters(special)\nwith special: pass", "enters"),
    "__exit__ called by name": (
        "lib.enters(special)\nspecial.__exit__(None, None, None)",
        "enters Special.__exit__",
    ),
    "an operator, after the library used it": ("lib.adds(special)\nspecial + 1", "adds"),
    "an operator called by name": ("lib.adds(special)\nspecial.__add__(1)", "adds Special.__add__"),
    "a property": ("base.prop", "Base.prop"),
    "an assigned property": ("base.prop = 1", "Base.prop"),
    "getattr": ("getattr(base, 'prop')", "Base.prop"),
    "a missing attribute": ("special.missing", "Special.__getattr__"),
    "a descriptor": (
        "class A: x = Field()\nA().x\nA().x = 1",
        "Field Field.__set_name__ Field.__get__ Field.__set__",
    ),
    "a subscript of a class": ("Base[int]", "Base.__class_getitem__"),
    "a subscript of a metaclass": ("lib.Checked[int]", "Meta.__getitem__"),
    "isinstance": ("isinstance(1, lib.Checked)", "Meta.__instancecheck__"),
    "a class pattern": ("match base:\n    case Special(a=1): pass\n    case Base(prop=1): pass", "Base.prop"),
    "a class pattern of a metaclass": ("match 1:\n    case lib.Checked(): pass", "Meta.__instancecheck__"),
    "a guard": (
        "match 1:\n    case lib.Plain: pass\n    case int() if lib.cached() == 0: lib.f()",
        "cached f",
    ),
    # Coroutines.
    "await": ("async def main(): return await lib.coro()\nasyncio.run(main())", "coro"),
    "an awaitable": ("async def main(): await special\nasyncio.run(main())", "Special.__await__"),
    "a coroutine that the loop runs": ("asyncio.run(lib.coro())", "coro"),
    "async for": (
        "async def main():\n    async for x in special: pass\nasyncio.run(main())",
        "Special.__aiter__ agen",
    ),
    "an asynchronous comprehension": (
        "async def main(): return [lib.cached() async for x in lib.agen()]\nasyncio.run(main())",
        "agen cached",
    ),
    "async with": (
        "async def main():\n    async with special: lib.f()\nasyncio.run(main())",
        "Special.__aenter__ Special.__aexit__ f",
    ),
    # Functions given to what expects an exception.
    "raises": ("pytest.raises(ValueError, lib.fails, 1)", "fails"),
    "raises, after an indirect call": (
        "lib.fails_inside()\npytest.raises(ValueError, lib.fails, 1)",
        "fails_inside fails",
    ),
    "raises with a class": ("pytest.raises(TypeError, lib.Plain, 1)", "Plain"),
    "raises with a cached function": ("pytest.raises(TypeError, lib.cached, [])", "cached"),
    "raises with a lambda": ("pytest.raises(ValueError, lambda: lib.fails())", "fails"),
    "raises as a context": ("with pytest.raises(ValueError): lib.fails()", "fails"),
    "raises, called by the library": ("lib.run(pytest.raises, TypeError, lib.Plain, 1)", "run"),
    "warns": ("pytest.warns(DeprecationWarning, lib.warns)", "warns"),
    "deprecated_call": ("pytest.deprecated_call(lib.warns)", "warns"),
    "assertRaises": ("unittest.TestCase().assertRaises(TypeError, lib.Plain, 1)", "Plain"),
    "assertRaisesRegex": ("unittest.TestCase().assertRaisesRegex(TypeError, '.', lib.Plain, 1)", "Plain"),
    "assertWarns": ("unittest.TestCase().assertWarns(DeprecationWarning, lib.warns)", "warns"),
    # What is called many times.
    "a loop": ("for _ in range(300): lib.cached(); lib.f()", "cached f"),
}

# Python 3.12 has no event for `function(*arguments)` if it is a Python function: there, the first start counts.
UNSEEN = (
    {"star-args, after an indirect call": {"f"}, "raises, after an indirect call": {"fails"}}
    if sys.version_info[:2] == (3, 12)
    else {}
)


def direct(observing, test, file="tests/test_it.py"):
    """What of the library *test* calls directly."""
    found = observing.relation.flags_of(f"{file}::{test}")
    return {name.removeprefix("lib:") for name, flags in found if flags & DIRECT}


def test_what_is_called_directly_by_each_form(observing):
    bodies = [textwrap.indent(textwrap.dedent(body).strip(), "    ") for body, _ in FORMS.values()]
    tests = [f"def test_{number}():\n{body}\n" for number, body in enumerate(bodies)]
    observing.project.write(
        {
            "lib.py": LIBRARY,
            "tests/helping.py": "import lib\ndef helper(): return lib.f()\n"
            "def makes(): return lib.Plain(), lib.cached()\n",
            "tests/test_it.py": textwrap.dedent(HEAD).replace("import asyncio", "import pytest, asyncio")
            + "\n".join(tests),
        }
    )
    observing.project.configure('library = ["lib"]\nmissing = "ignore"\nobserve = true')
    observing.again(outcomes={"passed": len(FORMS)})
    found = {form: direct(observing, f"test_{number}") for number, form in enumerate(FORMS)}
    expected = {
        form: {*callables.split()} - UNSEEN.get(form, set()) for form, (_, callables) in FORMS.items()
    }
    wrong = {form: (called, expected[form]) for form, called in found.items() if called != expected[form]}
    assert wrong == {}


SETTING_UP = """
    class TestIt:
        @classmethod
        def setup_class(cls): lib.cached(1)
        def setup_method(self): lib.Plain()
        def teardown_method(self): lib.f()
        def test_methods(self): pass
        def test_fixture(self, ready): pass
        def test_helper(self, make): make()
        @pytest.mark.parametrize("function", [lib.g, lambda: lib.Checked()])
        def test_parameter(self, function): function()

    def setup_module(): lib.Checked.__mro__

    class TestCase(unittest.TestCase):
        def setUp(self): lib.cached(2)
        def test_unittest(self): self.assertRaises(TypeError, lib.Plain, 1)
"""

CONFTEST = """
    import lib, pytest

    @pytest.fixture
    def ready():
        yield lib.cached(3), lib.Base.static()
        lib.f()

    @pytest.fixture
    def make():
        return lambda: [lib.cached(x) for x in (1, 2)]
"""


def test_what_setup_fixtures_and_parameters_call(observing):
    observing.project.write(
        {
            "lib.py": LIBRARY,
            "conftest.py": CONFTEST,
            "tests/test_it.py": "import unittest\nimport pytest\nimport lib\n" + textwrap.dedent(SETTING_UP),
        }
    )
    observing.project.configure('library = ["lib"]\nmissing = "ignore"\nobserve = true')
    observing.again(outcomes={"passed": 6})
    always = {"cached", "Plain", "f"}
    assert direct(observing, "TestIt::test_methods") == always
    assert direct(observing, "TestIt::test_fixture") == always | {"Base.static"}
    assert direct(observing, "TestIt::test_helper") == always
    assert direct(observing, "TestIt::test_parameter[g]") == always | {"g"}
    assert direct(observing, "TestIt::test_parameter[<lambda>]") == always | {"Checked"}
    assert direct(observing, "TestCase::test_unittest") == {"cached", "Plain"}


def test_what_a_conftest_at_the_root_calls(observing):
    """pytest imports it before observing begins."""
    observing.project.write(
        {
            "lib.py": LIBRARY,
            "conftest.py": CONFTEST,
            "tests/test_it.py": "import lib\ndef test_fixture(ready): pass\ndef test_helper(make): make()\n",
        }
    )
    observing.project.configure('library = ["lib"]\nmissing = "ignore"\nobserve = true')
    observing.again(outcomes={"passed": 2})
    assert direct(observing, "test_fixture") == {"cached", "Base.static", "f"}
    assert direct(observing, "test_helper") == {"cached"}


EXAMPLES = """
    >>> import lib
    >>> lib.cached(1)
    1
    >>> isinstance(lib.Plain(), lib.Plain)
    True
    >>> def local():
    ...     return [lib.Base().prop for _ in "a"]
    >>> local()
    [1]
    >>> lib.g()
    1
    >>> "@this_tests" in globals()
    False
    >>> 1 +
    Traceback (most recent call last):
    SyntaxError: invalid syntax
"""
EXAMPLES_CALL = {"cached", "Plain", "Base", "Base.__init__", "Base.prop", "g"}


def test_what_the_examples_of_doctests_call(observing):
    examples = textwrap.indent(textwrap.dedent(EXAMPLES), "    ")
    documented = f'\n\ndef documented():\n    """Example:\n{examples}\n    """\n'
    observing.project.write(
        {"lib.py": textwrap.dedent(LIBRARY) + documented, "docs/text.rst": f"Text\n====\n{EXAMPLES}"}
    )
    observing.project.configure('library = ["lib"]\nmissing = "ignore"\nobserve = true')
    observing.again("--doctest-modules", "--doctest-glob=*.rst", "lib.py", "docs", outcomes={"passed": 2})
    assert direct(observing, "lib.documented", "lib.py") == EXAMPLES_CALL
    assert direct(observing, "text.rst", "docs/text.rst") == EXAMPLES_CALL


def test_evaluated_annotations_call(observing):
    observing.run(
        """
        def test_class():
            class A:
                x: mylib.cached() = 1
            assert A.__annotations__ == {"x": 1}
        def test_function():
            def f(x: mylib.cached(), *args: mylib.add(1, 2)) -> mylib.Thing(): pass
            assert f.__annotations__["args"] == 3
        """,
        outcomes={"passed": 2},
    )
    assert direct(observing, "test_class") == {"mylib._impl:cached"}
    assert direct(observing, "test_function") >= {
        "mylib._impl:cached",
        "mylib._impl:add",
        "mylib._impl:Thing",
    }
