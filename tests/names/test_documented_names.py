"""Names that an inventory lists are preferred, and no other names count as documented."""

import functools

import pytest
from calls import inventory, written

from this_tests import NotInApiError, SettingsError, this_tests
from this_tests.names import Names
from this_tests.source.inventory import read_inventories, read_inventory


def test_the_documented_path_wins_over_shorter_ones(shapes, documented):
    this_tests(Names.resolve)
    found = documented("shapes._functions.area").resolve(shapes.area)
    assert (found.name, found.documented) == ("shapes._functions.area", True)
    assert "shapes.area" in found.aliases


def test_one_object_under_two_documented_names_keeps_both(shapes, documented):
    this_tests(Names.resolve)
    names = documented("shapes.area", "shapes.old_area")
    assert names.resolve(shapes.area).aliases == ("shapes.old_area",)
    assert [
        resolution.name for resolution in written(names, "shapes.area, shapes.old_area", shapes=shapes)
    ] == [
        "shapes.area",
        "shapes.old_area",
    ]


def test_a_name_imported_from_the_library_tells_which_is_meant(shapes, documented):
    this_tests(Names.resolve)
    names = documented("shapes.area", "shapes.old_area")
    assert written(names, "old_area", old_area=shapes.old_area)[0].name == "shapes.old_area"


@pytest.mark.parametrize("method", ["of", "shown"], ids=["class method", "method"])
def test_a_class_under_two_documented_names_is_called_as_it_is_written(shapes, documented, method):
    this_tests(Names.resolve)
    names = documented(f"shapes.Label.{method}", f"shapes.Tag.{method}")
    for class_name in ("Tag", "Label", "Tag"):
        for call in (f"shapes.{class_name}.{method}", f"shapes.{class_name}().{method}"):
            [found] = written(names, call, shapes=shapes)
            assert (call, found.name) == (call, f"shapes.{class_name}.{method}")


def test_a_method_offered_by_name_does_not_name_those_of_other_objects(shapes, names):
    this_tests(Names.resolve)
    assert names.resolve(shapes.draw).name == "shapes.draw"
    with pytest.raises(NotInApiError):
        names.resolve(shapes.drawer().draw)


def test_what_is_known_of_a_bare_method_says_nothing_of_what_is_written(shapes, documented):
    this_tests(Names.resolve)
    names = documented("shapes.Circle.area", "shapes.Square.area", "shapes.Polygon.area")
    bare = names.resolve(shapes.Square.area)
    calls = "shapes.Square.area, *[shapes.Square.area], shapes.Circle.area"
    found = written(names, calls, shapes=shapes)
    assert names.resolve(shapes.Square.area) is bare
    assert [resolution.name for resolution in found] == ["shapes.Square.area", bare.name, bare.name]
    assert written(names, "shapes.Circle.area", shapes=shapes)[0].name == "shapes.Circle.area"


def test_an_inherited_method_is_documented_where_it_was_taken(shapes, documented):
    this_tests(Names.resolve)
    names = documented("shapes.Circle.area", "shapes.Square.area", "shapes.Polygon.area")
    bare = names.resolve(shapes.Circle.area)
    assert sorted((bare.name, *bare.aliases)) == [
        "shapes.Circle.area",
        "shapes.Polygon.area",
        "shapes.Square.area",
    ]
    assert written(names, "shapes.Square.area", shapes=shapes)[0].name == "shapes.Square.area"
    assert names.resolve(shapes.Circle(1).area).name == "shapes.Circle.area"


def test_a_documented_base_stands_for_classes_without_a_page(shapes, documented):
    this_tests(Names.resolve)
    names = documented("shapes.Polygon.area")
    found = names.resolve(shapes.Square().area)
    assert (found.name, found.receiver) == ("shapes.Polygon.area", "shapes.Square")


def test_what_is_public_but_has_no_page_is_not_called_documented(shapes, documented):
    this_tests(Names.resolve)
    found = documented("shapes.area").resolve(shapes.perimeter)
    assert (found.name, found.documented) == ("shapes.perimeter", False)


def test_a_documented_private_name_is_accepted(shapes, documented):
    this_tests(Names.resolve)
    names = documented("shapes._functions._private_helper", "shapes.Circle._hidden")
    assert names.resolve(shapes._functions._private_helper).documented
    assert names.resolve(shapes.Circle(1)._hidden).name == "shapes.Circle._hidden"


def test_a_documented_string_is_its_own_name(documented):
    this_tests(Names.resolve)
    names = documented("shapes.area", "shapes.old_area", "shapes.not_loaded.f")
    for text in ("shapes.old_area", "shapes.not_loaded.f"):
        found = names.resolve(text)
        assert (found.name, found.found, found.documented) == (text, "string", True)


def test_a_documented_import_from_another_library_is_accepted(shapes, documented):
    this_tests(Names.resolve)
    assert shapes._functions.functools is functools
    assert documented("shapes._functions.functools.wraps").resolve(functools.wraps).documented


def test_a_name_made_on_demand_is_found_once_it_is_made(shapes, documented):
    this_tests(Names.resolve)
    assert documented("shapes.lazy_area").resolve(shapes.lazy_area).name == "shapes.lazy_area"


def test_an_accessor_has_a_page_per_owner(shapes, documented):
    this_tests(Names.resolve)
    names = documented("shapes.Series.text", "shapes.Series.text.upper")
    assert names.resolve(shapes.Series.text).name == "shapes.Series.text"
    assert names.resolve(shapes.Series().text.upper).name == "shapes.Series.text.upper"


@pytest.mark.parametrize("name", ["shapes.Series.corners.first", "shapes.Series.edges.first"])
def test_a_method_of_what_a_property_promises_has_a_page_below_the_property(shapes, documented, name):
    """As for polars' namespaces, whose classes have no page."""
    this_tests(Names.resolve)
    names = documented(name)
    bound = getattr(shapes.Series(), name.split(".")[2]).first
    for target in (bound, type(bound.__self__).first, name):
        assert (names.resolve(target).name, names.resolve(target).documented) == (name, True)


def test_the_page_of_a_property_is_not_that_of_the_class_that_it_promises(shapes, documented):
    this_tests(Names.resolve)
    names = documented("shapes.Series.corners", "shapes.Series.shape")
    assert names.resolve(shapes.Square).name == "shapes.Square"
    assert written(names, "shapes.Series.shape", shapes=shapes)[0].name == "shapes.Series.shape"


@pytest.mark.parametrize("name", ["shapes.Series.plot", "shapes.Series.dates"])
def test_a_bare_accessor_goes_by_its_page(shapes, documented, name):
    """Accessing it on the class returns another class, or one with parameters."""
    this_tests(Names.resolve)
    target = getattr(shapes.Series, name.rpartition(".")[2])
    assert documented(name, f"{name}.line").resolve(target).name == name


def test_functions_made_by_one_factory_do_not_share_a_name(shapes, documented):
    this_tests(Names.resolve)
    names = documented("shapes.Series.request", "shapes.Series.route")
    assert names.resolve(shapes.Series.request).name == "shapes.Series.request"
    assert names.resolve(shapes.Series.route).name == "shapes.Series.route"


@pytest.mark.parametrize("cls", ["Model", "Network", "Subclass"])
@pytest.mark.parametrize("method", ["restore", "rebuild"])
def test_a_class_method_made_anew_goes_by_the_class_as_it_is_written(shapes, documented, cls, method):
    """As `lightning.pytorch.LightningModule.load_from_checkpoint`, also found in `lightning`."""
    this_tests(Names.resolve)
    names = documented(*(f"shapes.bindings.{name}.{method}" for name in ("Model", "Network", "Subclass")))
    path = f"shapes.bindings.{cls}.{method}"
    [found] = written(names, path, shapes=shapes)
    assert (found.name, found.found) == (path, "reference")


def test_a_class_method_made_anew_goes_by_the_class_that_it_is_bound_to(shapes, names):
    this_tests(Names.resolve)
    assert names.resolve(shapes.bindings.Subclass.restore).name == "shapes.bindings.Subclass.restore"
    assert names.resolve(shapes.bindings.Subclass().restore).name == "shapes.bindings.Subclass.restore"


def test_reading_an_inventory_tells_names_and_roles(tmp_path):
    this_tests(read_inventory)
    path = tmp_path / "objects.inv"
    path.write_bytes(
        inventory(
            "shapes.area py:function 1 api/shapes.html#$ -",
            "shapes._core.Circle py:class -1 api/circle.html#shapes.Circle -",
            "shapes py:module 0 api/shapes.html#module-$ -",
            "a label with spaces std:label -1 index.html#a Title",
            "area c:function 1 c.html#$ -",
            "cut py:function 1",
        )
    )
    read = read_inventory(path)
    assert read.entries == {"shapes": "module", "shapes.area": "function"}
    assert read.canonical == {"shapes._core.Circle": "shapes.Circle"}
    assert read.callables == {"shapes.area"}


def test_of_several_inventories_the_first_wins(tmp_path):
    this_tests(read_inventories)
    for name, role in (("one", "function"), ("two", "class")):
        (tmp_path / name).write_bytes(inventory(f"shapes.area py:{role} 1 {name}.html#$ -", f"shapes.{name}"))
    read = read_inventories([tmp_path / "one", tmp_path / "two"])
    assert sorted(read.entries) == ["shapes.area", "shapes.one", "shapes.two"]
    assert read.entries["shapes.area"] == "function"


@pytest.mark.parametrize(
    ("content", "reason"),
    {
        "empty": (b"", "no Sphinx inventory of version 2"),
        "version 1": (b"# Sphinx inventory version 1\n", "no Sphinx inventory of version 2"),
        "a page": (b"<html>", "no Sphinx inventory of version 2"),
        "cut short": (inventory("shapes.area")[:-4], "is damaged"),
    }.values(),
    ids=["empty", "version 1", "a page", "cut short"],
)
def test_a_file_that_is_no_inventory_is_named(tmp_path, content, reason):
    this_tests(read_inventory)
    path = tmp_path / "objects.inv"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=reason) as refused:
        read_inventory(path)
    assert refused.value.source == str(path)


def test_a_missing_inventory_is_named_when_the_first_target_needs_it(shapes, tmp_path):
    this_tests(Names)
    names = Names(["shapes"], inventories=[tmp_path / "objects.inv"])
    with pytest.raises(SettingsError, match="cannot be read"):
        names.resolve(shapes.area)
