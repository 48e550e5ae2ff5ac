"""Members as C bindings, decorators and class bodies make them."""

import functools
import json
import types
from builtins import ExceptionGroup  # noqa: A004, F401  # as libraries with a backport do
from random import randint  # noqa: F401  # a bound method of another library

# Makes callables for others, as Boost.Python does, and is not part of the library.
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
    """A class whose functions have the class as ``__module__``."""

    rows = _made("rows", "Table")
    # A function of another library, by its `__module__`.
    foreign = _made("foreign", "json.decoder")


class Curried:
    """A class whose ``__module__`` is a property for instances."""

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
    """A class that binds a method of another class."""

    load = Whole.load


class Restricted:
    """A class method that is a new object at each access, and has the name of what it wraps."""

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
    """A class with two names."""

    @Guarded
    def rebuild(cls):  # noqa: N805  # it is bound to the class
        """Build it again."""

    @Restricted
    def restore(cls):  # noqa: N805  # it is bound to the class
        """Restore it."""


Network = Model


class Subclass(Model):
    """A subclass."""
