"""The functions of test frameworks that call what a test passes to them, such as ``pytest.raises``."""

import sys
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Final

from ..names.introspection import attributes, is_class, lookup

__all__ = ["ARGUMENTS", "forwarders"]

# The position of the argument that is called, by the name of the function.
ARGUMENTS: Final = {
    "raises": 1,
    "warns": 1,
    "deprecated_call": 0,
    "assertRaises": 1,
    "assertRaisesRegex": 2,
    "assertWarns": 1,
    "assertWarnsRegex": 2,
}
# By module, these functions, and those that they leave the call to.
_PLACES: Final = {
    "_pytest.raises": ("raises",),
    "_pytest.python_api": ("raises",),
    "_pytest.recwarn": ("warns", "deprecated_call"),
    "unittest.case": (
        "TestCase.assertRaises",
        "TestCase.assertRaisesRegex",
        "TestCase.assertWarns",
        "TestCase.assertWarnsRegex",
        "_AssertRaisesBaseContext.handle",
    ),
}


def forwarders() -> Iterator[CodeType]:
    """Yield the code of such functions in the modules that are loaded."""
    for module, names in _PLACES.items():
        for name in names:
            found: object = sys.modules.get(module)
            for part in name.split("."):
                found = lookup(found, part) if is_class(found) else attributes(found).get(part)
            if type(found) is FunctionType:
                yield found.__code__
