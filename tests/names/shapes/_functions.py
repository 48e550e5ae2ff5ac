import contextlib
import functools
import json


def area(shape):
    return shape.area()


old_area = area


def perimeter(shape):
    return shape.perimeter()


def volume(shape):
    return shape.volume()


bulk = volume


half = functools.partial(area, scale=0.5)


@functools.lru_cache
def cached(shape):
    return shape


@functools.singledispatch
def dispatched(shape):
    return shape


@dispatched.register
def _(shape: int):
    return shape


@contextlib.contextmanager
def opened(shape):
    yield shape


def deprecated(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


@deprecated
def deprecated_area(shape):
    return shape


# Another library's function under a name of this library.
from_elsewhere = deprecated(json.dumps)


def _private_helper():
    return None


class _PrivateClass:
    def method(self):
        return None


def tuned():
    return None
