"""Other bodies in the place of functions' own."""

import asyncio
import contextlib
import inspect

import pytest

from this_tests import this_tests
from this_tests.prove.bodies import emptied, is_already


def plain(a, b=1, /, c=2, *rest, k=3, **more):
    return a + b


def only_rest(*rest):
    return len(rest)


def closure(x, y):
    def inner(self, *, z):
        return self, x, y, z

    return inner


def kept(a):
    def inner():
        return a

    return inner


class Thing:
    def method(self):
        return super().__repr__()

    def mangled(self, __value):  # noqa: PYI063  # the name is what matters
        return __value

    @property
    def size(self):
        return 3

    @classmethod
    def make(cls):
        return cls()


def generator():
    yield 1


@contextlib.contextmanager
def manager():
    yield 3


async def coroutine():
    return 3


async def items():
    yield 1


def empty(function, value="None"):
    ran = []
    function.__code__ = emptied(function, value, lambda: ran.append(None))
    return ran


@pytest.fixture(autouse=True)
def _intact():
    functions = [plain, only_rest, kept, Thing.method, Thing.mangled, Thing.size.fget, Thing.make.__func__]
    functions += [generator, manager.__wrapped__, coroutine, items]
    codes = [function.__code__ for function in functions]
    yield
    for function, code in zip(functions, codes, strict=True):
        function.__code__ = code


def test_the_parameters_stay():
    this_tests(emptied)
    before = inspect.signature(plain)
    ran = empty(plain, "''")
    assert plain(7) == plain(1, 2, 3, 4, 5, k=1, other=2) == ""
    assert inspect.signature(plain) == before
    assert len(ran) == 2
    with pytest.raises(TypeError, match=r"plain\(\) missing 1 required"):
        plain()


@pytest.mark.parametrize(
    ("function", "arguments"), [(plain, (7,)), (only_rest, (7, 8)), (kept, (7,)), (Thing.mangled, (7, 1))]
)
def test_it_can_return_the_first_argument(function, arguments):
    this_tests(emptied)
    empty(function, "first")
    assert function(*arguments) == 7


def test_a_closure_keeps_its_cells():
    this_tests(emptied)
    inner, other = closure(1, 2), closure(3, 4)
    empty(inner, "first")
    assert inner("self", z=3) == "self"
    assert other("self", z=5) == ("self", 3, 4, 5)


def test_methods_of_all_kinds():
    this_tests(emptied)
    empty(Thing.method, "first")
    empty(Thing.size.fget, "0")
    empty(Thing.make.__func__)
    thing = Thing()
    assert thing.method() is thing
    assert thing.size == 0
    assert Thing.make() is None


def test_generators_and_coroutines_stay_what_they_are():
    this_tests(emptied)
    empty(generator)
    empty(manager.__wrapped__, "yield")
    empty(coroutine, "False")
    empty(items)
    assert list(generator()) == []
    with manager() as value:
        assert value is None
    assert asyncio.run(coroutine()) is False

    async def collected():
        return [item async for item in items()]

    assert asyncio.run(collected()) == []


def nothing(a):
    """Do nothing."""


def ellipsis(self): ...


def explicit(a, *, b=None):
    return None


def raises():
    raise NotImplementedError


def calls(a):
    a()


def reads(a):
    a.b  # noqa: B018


def itself(self, *more):
    """Return it."""
    return self


@pytest.mark.parametrize("function", [nothing, ellipsis, explicit])
def test_what_does_nothing_as_it_is(function):
    this_tests(is_already)
    assert is_already(function.__code__, "None")
    assert not is_already(function.__code__, "0")


@pytest.mark.parametrize("function", [raises, calls, reads, generator, coroutine, plain, itself])
def test_what_does_something(function):
    this_tests(is_already)
    assert not is_already(function.__code__, "None")


def test_what_returns_its_first_argument_as_it_is():
    this_tests(is_already)
    assert is_already(itself.__code__, "first")
    assert not is_already(plain.__code__, "first")
