"""A small library with one of each kind of named object."""

import math  # noqa: F401  # a module of another library

from . import _private_module as shown_module  # noqa: F401  # as `numpy.testing.extbuild`
from . import bindings  # noqa: F401  # part of the library
from . import emath_like as emath
from ._core import (
    Circle,
    Config,
    Corner,
    Descriptor,
    Formula,
    Label,
    Labelled,
    Lookup,
    Maker,
    Pair,
    Plotter,
    Polygon,
    Reader,
    Registered,
    Round,
    Series,
    Sine,
    Square,
    Tag,
    _listed,
    draw,
    drawer,
    label_of,
)
from ._functions import (
    area,
    bulk,
    cached,
    deprecated_area,
    dispatched,
    from_elsewhere,
    half,
    old_area,
    opened,
    perimeter,
    volume,
)

__all__ = [
    "Circle",
    "Config",
    "Corner",
    "Descriptor",
    "Formula",
    "Label",
    "Labelled",
    "Lookup",
    "Maker",
    "Pair",
    "Plotter",
    "Polygon",
    "Reader",
    "Registered",
    "Round",
    "Series",
    "Sine",
    "Square",
    "Tag",
    "_listed",
    "area",
    "bulk",
    "cached",
    "deprecated_area",
    "dispatched",
    "draw",
    "drawer",
    "emath",
    "from_elsewhere",
    "half",
    "label_of",
    "old_area",
    "opened",
    "perimeter",
    "unit_circle",
    "volume",
]

unit_circle = Circle(1)


def __getattr__(name):
    if name == "lazy_area":
        from ._lazy import lazy_area

        return lazy_area
    raise AttributeError(name)
