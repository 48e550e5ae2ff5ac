"""Members as bindings to C, decorators and class bodies leave them."""

import functools
import json
import types
from builtins import ExceptionGroup  # noqa: A004, F401  # as a library does whose users may have an older Python
from random import randint  # noqa: F401  # a method of an object of another library's

# What makes callables for others, as Boost.Python does, and is no part of the library.
_Function = type(
    "Function",
    (),
    {"__module__": "binder.functions", "__call__": lambda *_: None, "__get__": lambda self, *_: self},
)


def _made(name, module):
    made = _Function()
    made.__name__, made.__module__ = name, module
    return made


class Table:
    """A class whose functions call the class their module."""

    rows = _made("rows", "Table")
    # Another library's, and it says so.
    foreign = _made("foreign", "json.decoder")


class Curried:
    """A class that says to its instances alone which module they are of."""

    @property
    def __module__(self):
        return "nowhere"

    def bind(self):
        """Bind."""


# Another library's class that does the same.
Strange = type("Strange", (), {"__module__": Curried.__dict__["__module__"], "dumps": json.dumps})


class Whole:
    """Something to load."""

    @classmethod
    def load(cls):
        """Load it."""


class Part:
    """It loads the whole of it."""

    load = Whole.load


class Restricted:
    """A class method that is made anew at each access, and says that it is what it wraps."""

    def __init__(self, method):
        self._method = method

    def __get__(self, instance, cls):
        @functools.wraps(self._method)
        def wrapper(*args):
            return self._method(cls, *args)

        return types.MethodType(wrapper, cls)


class Guarded(classmethod):
    """A class method that refuses instances: a new function at each access."""

    def __get__(self, instance, cls=None):
        @functools.wraps(self.__func__)
        def wrapper(*args):
            return None if instance is not None else self.__func__(cls, *args)

        return wrapper


class Model:
    """A class of two names."""

    @Guarded
    def rebuild(cls):  # noqa: N805  # it is bound to the class
        """Build it again."""

    @Restricted
    def restore(cls):  # noqa: N805  # it is bound to the class
        """Restore it."""


Network = Model


class Heir(Model):
    """It inherits."""
