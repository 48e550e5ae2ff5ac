"""Each kind of target resolves to its public name."""

import functools
import importlib

import pytest
from calls import run, written

from this_tests import NotInApiError, this_tests
from this_tests.names import Names

BINDINGS = "importlib.import_module('shapes.bindings')"

# What a test writes, the name that it resolves to, and how the name was found.
WRITTEN = {
    "function": ("shapes.area", "shapes.area", "reference"),
    "function of a private module": (
        "importlib.import_module('shapes._functions').perimeter",
        "shapes.perimeter",
        "reference",
    ),
    "class": ("shapes.Circle", "shapes.Circle", "reference"),
    "method": ("shapes.Polygon.corners", "shapes.Polygon.corners", "reference"),
    "overridden method": ("shapes.Square.corners", "shapes.Square.corners", "reference"),
    "inherited method": ("shapes.Circle.area", "shapes.Circle.area", "reference"),
    "inherited method, other class": ("shapes.Square.area", "shapes.Square.area", "reference"),
    "method of a mixin": ("shapes.Circle.radius", "shapes.Circle.radius", "reference"),
    "method under another name": ("shapes.Polygon.corner_list", "shapes.Polygon.corner_list", "reference"),
    "class method": ("shapes.Circle.unit", "shapes.Circle.unit", "reference"),
    "class method on an instance": ("shapes.Circle(1).unit", "shapes.Circle.unit", "reference"),
    "static method": ("shapes.Square.sides", "shapes.Square.sides", "reference"),
    "static method on an instance": ("square.sides", "shapes.Square.sides", "receiver"),
    "bound method": ("circle.area", "shapes.Circle.area", "receiver"),
    "bound method of a new object": ("shapes.Square().corners", "shapes.Square.corners", "receiver"),
    "bound method under another name": ("polygon.corner_list", "shapes.Polygon.corner_list", "receiver"),
    "through super()": ("super(shapes.Square, square).corners", "shapes.Polygon.corners", "receiver"),
    "on an attribute of an object": ("holder.circle.scaled", "shapes.Circle.scaled", "receiver"),
    "property": ("shapes.Circle.diameter", "shapes.Circle.diameter", "reference"),
    "getter of a property": ("shapes.Circle.diameter.fget", "shapes.Circle.diameter", "reference"),
    "cached property": ("shapes.Circle.circumference", "shapes.Circle.circumference", "reference"),
    "slot of an object": ("shapes.Circle.__call__", "shapes.Circle.__call__", "reference"),
    "constructor": ("shapes.Circle.__init__", "shapes.Circle.__init__", "reference"),
    "partial, public": ("shapes.half", "shapes.half", "reference"),
    "partial, of the test": ("functools.partial(shapes.perimeter, 1)", "shapes.perimeter", "unwrapped"),
    "partial of a method": ("functools.partial(circle.scaled, 2)", "shapes.Circle.scaled", "unwrapped"),
    "wraps, of the test": ("functools.wraps(shapes.perimeter)(lambda: 0)", "shapes.perimeter", "unwrapped"),
    "lru_cache": ("shapes.cached", "shapes.cached", "reference"),
    "inside lru_cache": ("shapes.cached.__wrapped__", "shapes.cached", "unwrapped"),
    "lru_cache, of the test": ("functools.lru_cache(shapes.perimeter)", "shapes.perimeter", "unwrapped"),
    "singledispatch": ("shapes.dispatched", "shapes.dispatched", "reference"),
    "context manager": ("shapes.opened", "shapes.opened", "reference"),
    "partialmethod": ("shapes.Circle.doubled", "shapes.Circle.doubled", "reference"),
    "partialmethod, bound": ("circle.doubled", "shapes.Circle.doubled", "receiver"),
    "deprecated": ("shapes.deprecated_area", "shapes.deprecated_area", "reference"),
    "wrapper of another library's function": ("shapes.from_elsewhere", "shapes.from_elsewhere", "reference"),
    "made by dataclass": ("shapes.Config.__lt__", "shapes.Config.__lt__", "reference"),
    "made by dataclass, constructor": ("shapes.Config.__init__", "shapes.Config.__init__", "reference"),
    "made by a metaclass": ("shapes.Registered.made", "shapes.Registered.made", "reference"),
    "method of a metaclass": ("shapes.Maker.on_class", "shapes.Maker.on_class", "reference"),
    "what a metaclass answers for a method": ("shapes.Sine.replaced", "shapes.Sine.replaced", "reference"),
    "text that a metaclass answers for a property": ("shapes.Sine.title", "shapes.Sine.title", "reference"),
    "what a metaclass answers for a class method": (
        "shapes.Sine.renamed",
        "shapes.Sine.renamed",
        "reference",
    ),
    "method of a class, offered as a function": ("shapes.label_of", "shapes.label_of", "reference"),
    "class method of a kind of its own": ("shapes.Sine.parsed", "shapes.Sine.parsed", "reference"),
    "function that calls its class a module": (
        f"{BINDINGS}.Table.rows",
        "shapes.bindings.Table.rows",
        "reference",
    ),
    "class without a module": (f"{BINDINGS}.Curried", "shapes.bindings.Curried", "reference"),
    "method of a class without a module": (
        f"{BINDINGS}.Curried.bind",
        "shapes.bindings.Curried.bind",
        "reference",
    ),
    "bound method that another class keeps": (
        f"{BINDINGS}.Part.load",
        "shapes.bindings.Part.load",
        "reference",
    ),
    "the same, as it is written": ("bindings.Part.load", "shapes.bindings.Part.load", "reference"),
    "string of the same bound method": ("'shapes.bindings.Part.load'", "shapes.bindings.Part.load", "string"),
    "bound method that its class makes anew": (
        f"{BINDINGS}.Whole.load",
        "shapes.bindings.Whole.load",
        "reference",
    ),
    "method of an enum's member": ("shapes.Corner.LEFT.turned", "shapes.Corner.turned", "receiver"),
    "new function at each access": ("shapes.Series.request", "shapes.Series.request", "reference"),
    "another of them": ("shapes.Series.route", "shapes.Series.route", "reference"),
    "value that a class computes": ("shapes.Series.fields", "shapes.Series.fields", "reference"),
    "the same of a class of the test": ("Rows.fields", "shapes.Series.fields", "reference"),
    "string of the same": ("'shapes.Series.fields'", "shapes.Series.fields", "string"),
    "accessor": ("shapes.Series.text", "shapes.Series.text", "reference"),
    "method of an accessor": ("shapes.Series.text.upper", "shapes.Series.text.upper", "reference"),
    "method of an accessor, bound": ("series.text.upper", "shapes.Series.text.upper", "receiver"),
    "accessor with a public class": ("shapes.Series.plot", "shapes.Series.plot", "reference"),
    "method of an accessor with a public class": (
        "shapes.Series.plot.line",
        "shapes.Series.plot.line",
        "reference",
    ),
    "accessor that is a kind of property": ("shapes.Series.read", "shapes.Series.read", "reference"),
    "the same, bound": ("series.read", "shapes.Series.read", "receiver"),
    "method of the same": ("shapes.Series.read.formats", "shapes.Series.read.formats", "receiver"),
    "accessor with parameters": ("shapes.Series.dates", "shapes.Series.dates", "reference"),
    "method of an accessor with parameters": ("series.dates.year", "shapes.Series.dates.year", "receiver"),
    "callable object": ("shapes.Circle(2)", "shapes.Circle", "instance"),
    "callable object, public": ("shapes.unit_circle", "shapes.unit_circle", "reference"),
    "made on demand": ("shapes.lazy_area", "shapes.lazy_area", "reference"),
    "function of a renamed module": ("shapes.emath.sqrt", "shapes.emath.sqrt", "reference"),
    "function of a private module with a public name": (
        "shapes.shown_module.shown",
        "shapes.shown_module.shown",
        "reference",
    ),
    "string of the same function": (
        "'shapes.shown_module.shown'",
        "shapes.shown_module.shown",
        "string",
    ),
    "module": ("shapes", "shapes", "reference"),
    "class of the test that inherits": ("Mine.area", "shapes.Circle.area", "reference"),
    "object of a class of the test": ("Mine(1).scaled", "shapes.Circle.scaled", "receiver"),
    "class method on a class of the test": ("Mine.unit", "shapes.Circle.unit", "reference"),
    "inherited from Python": ("shapes.Lookup.get", "shapes.Lookup.get", "reference"),
    "inherited from Python, bound": ("shapes.Lookup().get", "shapes.Lookup.get", "receiver"),
    "inherited from Python, string": ("'shapes.Lookup.get'", "shapes.Lookup.get", "string"),
    "inherited from a C class": ("shapes.Pair.count", "shapes.Pair.count", "reference"),
    "inherited from a C class, bound": ("shapes.Pair(1, 2).count", "shapes.Pair.count", "receiver"),
    "underscored, listed in __all__": ("shapes._listed", "shapes._listed", "reference"),
    "underscored, string": ("'shapes._listed'", "shapes._listed", "string"),
    "string": ("'shapes.area'", "shapes.area", "string"),
    "string of a defining path": ("'shapes._functions.perimeter'", "shapes.perimeter", "string"),
    "string of a property": ("'shapes.Circle.diameter'", "shapes.Circle.diameter", "string"),
    "string of an inherited method": ("'shapes.Square.unit'", "shapes.Square.unit", "string"),
    "string of a module": ("'shapes.emath_like'", "shapes.emath_like", "string"),
}


def variables(shapes):
    class Mine(shapes.Circle):
        def scaled_here(self):
            return 0

    class Rows(shapes.Series):
        pass

    class Holder:
        circle = shapes.Circle(1)

    return {
        "shapes": shapes,
        "functools": functools,
        "importlib": importlib,
        "bindings": importlib.import_module("shapes.bindings"),
        "circle": shapes.Circle(1),
        "square": shapes.Square(),
        "polygon": shapes.Polygon(),
        "series": shapes.Series(),
        "holder": Holder(),
        "Mine": Mine,
        "Rows": Rows,
    }


@pytest.mark.slow
@pytest.mark.parametrize(("call", "name", "found"), WRITTEN.values(), ids=WRITTEN)
def test_what_a_test_writes_is_found_under_its_public_name(shapes, names, call, name, found):
    this_tests(Names.resolve)
    assert shapes.lazy_area  # loads the module that defines it
    [resolution] = written(names, call, **variables(shapes))
    assert name in (resolution.name, *resolution.aliases)
    if call != "shapes.emath.sqrt":
        assert resolution.name == name
    assert resolution.found == found


def test_the_path_of_a_private_class_stands_for_what_its_subclasses_offer(names):
    this_tests(Names.resolve)
    found = names.resolve("shapes._core._Base.unit")
    assert found.name in {"shapes.Circle.unit", "shapes.Square.unit", "shapes.Polygon.unit"}
    assert "shapes._core._Base.unit" in found.aliases


def test_of_two_names_it_goes_by_the_one_that_it_gives_itself(shapes, names):
    """`numpy.float64`, not the shorter `numpy.double`."""
    this_tests(Names.resolve)
    found = names.resolve(shapes.bulk)
    assert (found.name, found.aliases) == ("shapes.volume", ("shapes._functions.volume", "shapes.bulk"))


def test_what_an_object_was_made_by_is_no_name_of_it(shapes, names):
    """`Labelled[str]("label")` stores its generic alias in `__orig_class__`."""
    this_tests(Names.resolve)
    assert names.resolve(shapes.Labelled).aliases == ("shapes._core.Labelled",)


def test_it_goes_by_the_module_that_defines_it_not_by_one_that_uses_it(shapes):
    this_tests(Names.resolve)
    gauges = importlib.import_module("shapes.gauges")
    importlib.import_module("shapes.apps")
    names = Names([shapes.__name__])
    found = [names.resolve(target) for target in (gauges.Gauge, gauges.Gauge.reading)]
    assert [resolution.name for resolution in found] == ["shapes.gauges.Gauge", "shapes.gauges.Gauge.reading"]
    assert "shapes.apps.Gauge" in found[0].aliases


def test_each_argument_of_a_call_is_read_for_itself(shapes, names):
    this_tests(Names.resolve)
    found = written(names, "shapes.Circle.area, shapes.Square.area, shapes.Polygon.area", shapes=shapes)
    assert [resolution.name for resolution in found] == [
        "shapes.Circle.area",
        "shapes.Square.area",
        "shapes.Polygon.area",
    ]


@pytest.mark.parametrize(
    "call",
    [
        "shapes.Square.area",
        " shapes . Square . area ",
        "(shapes.Square).area",
        "shapes.Square.area,",
        "\nshapes.Square.area\n",
    ],
)
def test_a_call_is_read_however_it_is_laid_out(shapes, names, call):
    this_tests(Names.resolve)
    [found] = written(names, call, shapes=shapes)
    assert found.name == "shapes.Square.area"


def test_starred_arguments_are_named_by_identity(shapes, names):
    this_tests(Names.resolve)
    targets = [shapes.Square.corners, shapes.Circle.area]
    found = written(names, "*targets", targets=targets)
    assert found[0].name == "shapes.Square.corners"
    assert {found[1].name, *found[1].aliases} >= {"shapes.Circle.area", "shapes.Square.area"}


def test_a_call_over_several_lines_with_accents_is_read(shapes, names):
    this_tests(Names.resolve)
    found = written(names, "\n        shapes.area,  # é\n        shapes.Circle.area,\n    ", shapes=shapes)
    assert [resolution.name for resolution in found] == ["shapes.area", "shapes.Circle.area"]


def test_the_same_place_may_mean_another_class_each_time(shapes, names):
    this_tests(Names.resolve)
    loop = "return [this_tests(kind.area)[0].name for kind in kinds]"
    found = run(names, loop, kinds=[shapes.Circle, shapes.Square, shapes.Polygon])
    assert found == ["shapes.Circle.area", "shapes.Square.area", "shapes.Polygon.area"]


def test_a_target_resolves_to_the_same_each_time(shapes, names):
    this_tests(Names.resolve)
    circle = shapes.Circle(1)
    first = [written(names, "circle.area, shapes.area, shapes.Circle.area", circle=circle, shapes=shapes)]
    assert [
        written(names, "circle.area, shapes.area, shapes.Circle.area", circle=circle, shapes=shapes)
    ] == first


def test_an_override_in_a_class_of_the_test_is_the_tests_own(shapes, names):
    this_tests(Names.resolve)
    with pytest.raises(NotInApiError):
        written(names, "Mine.scaled_here", **variables(shapes))
