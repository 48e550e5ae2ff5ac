"""Members as bindings to C, decorators and class bodies leave them."""

import json
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
