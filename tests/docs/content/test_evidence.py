"""Evidence for documented names: re-exports, inheritance, other names."""

import pytest

from this_tests import Entry, Link, Registry, this_tests
from this_tests.docs.api_objects import ApiObject, ApiObjects
from this_tests.docs.content.evidence import Join
from this_tests.observations.executed import Executed
from this_tests.observations.relation import CALL, DIRECT, RelationBuilder
from this_tests.registry.model import Observed

TEST = "tests/test_it.py::test_it"


def entry(**kinds: tuple[str, ...]) -> Entry:
    links: dict[str, object] = {kind: dict.fromkeys(tests, Link()) for kind, tests in kinds.items()}
    if "observed" in links:
        links["observed"] = Observed(tests=len(links["observed"]), examples=links["observed"])
    return Entry(**(links or {"declared": {TEST: Link()}}))


def join(
    callables: dict[str, Entry], origins: dict[str, tuple[str, ...]] | None = None, **others: tuple[str, ...]
) -> Join:
    """Return a join with docs that describe the names in *others*, with ``__`` for a dot.

    Args:
        origins: What names in the library's source come from.
    """
    names = {name.replace("__", "."): known for name, known in others.items()}
    registry = Registry(callables=callables, origins=lambda name: (origins or {}).get(name, ()))
    return Join(registry, ApiObjects({}, names, {}))


@pytest.mark.parametrize(
    ("callables", "origins", "others"),
    [
        ({"pkg.f": entry()}, {}, ()),
        ({"pkg._impl.f": entry()}, {"pkg.f": ("pkg._impl.f",)}, ()),
        ({"pkg.other.f": entry()}, {"pkg.f": ("pkg._impl.f",), "pkg.other.f": ("pkg._impl.f",)}, ()),
        ({"pkg._impl.f": entry()}, {}, ("pkg._impl.f",)),
        ({"pkg.other.f": entry()}, {"pkg.other.f": ("pkg._impl.f",)}, ("pkg._impl.f",)),
    ],
    ids=[
        "by its name",
        "by its definition",
        "by another name of its definition",
        "by another name",
        "by the definition of another name",
    ],
)
def test_evidence_is_found(callables, origins, others):
    this_tests(Join.evidence_for, Join.undocumented)
    made = join(callables, origins, pkg__f=others)
    joined = made.evidence_for(ApiObject("pkg.f", "function"))
    assert [item.test for item in joined.evidence] == [TEST]
    assert made.undocumented() == []


@pytest.mark.parametrize(
    ("callables", "origins", "others"),
    [
        ({"pkg._impl.C.m": entry(), "pkg._impl.C": entry()}, {"pkg.C": ("pkg._impl.C",)}, ()),
        ({"pkg._impl.C.m": entry()}, {}, ("pkg._impl.C",)),
    ],
    ids=["in the source", "that the docs know"],
)
def test_a_member_is_found_by_another_name_of_its_class(callables, origins, others):
    this_tests(Join.evidence_for, Join.undocumented)
    made = join(callables, origins, pkg__C=others, pkg__C__m=())
    joined = made.evidence_for(ApiObject("pkg.C.m", "method"))
    assert [item.test for item in joined.evidence] == [TEST]
    assert joined.inherited == ""
    assert made.undocumented() == []


def test_the_own_name_wins_over_others():
    this_tests(Join.evidence_for)
    made = join({"pkg.f": entry(declared=("a",)), "pkg.g": entry(declared=("b",))}, pkg__f=("pkg.g",))
    assert [item.test for item in made.evidence_for(ApiObject("pkg.f", "function")).evidence] == ["a"]


def test_a_test_counts_once_with_its_strongest_evidence():
    this_tests(Join.evidence_for)
    made = join({"pkg.f": entry(declared=(TEST,), observed=(TEST, "z"))}, pkg__f=())
    found = made.evidence_for(ApiObject("pkg.f", "function")).evidence
    assert [(item.kind, item.test) for item in found] == [("declared", TEST), ("observed", "z")]


def test_tests_of_the_base_are_told_as_such():
    this_tests(Join.evidence_for)
    made = join({"pkg.Base.m": entry()}, {"pkg.Derived.m": ("pkg.Base.m",)}, pkg__Derived__m=())
    assert made.evidence_for(ApiObject("pkg.Derived.m", "method")).inherited == "pkg.Base.m"


def test_a_class_that_is_exported_elsewhere_is_no_subclass():
    this_tests(Join.evidence_for)
    made = join({"pkg._impl.C.m": entry()}, {"pkg.C.m": ("pkg._impl.C.m",)}, pkg__C__m=())
    assert made.evidence_for(ApiObject("pkg.C.m", "method")).inherited == ""


@pytest.mark.parametrize(
    ("owner", "inherited"),
    [("pkg.Base", ""), ("pkg.Derived", "pkg.Base.m")],
    ids=["alias", "alias of a subclass"],
)
def test_another_name_of_a_class_is_no_subclass(owner, inherited):
    this_tests(Join.evidence_for)
    registry = Registry(
        callables={"pkg.Base.m": entry()},
        origins=lambda name: ("pkg.Base.m",) if name == "pkg.Derived.m" else (),
    )
    made = Join(registry, ApiObjects({}, {}, {}, owners={"pkg.Other": owner}))
    joined = made.evidence_for(ApiObject("pkg.Other.m", "method"))
    assert ([item.test for item in joined.evidence], joined.inherited) == ([TEST], inherited)


def test_a_member_that_its_class_defines_under_another_name_is_not_inherited():
    """pyparsing's `pyparsing_common` is also `pyparsing.common`, the name in the registry."""
    this_tests(Join.evidence_for)
    callables = {"pkg.common.m": entry()}
    origins = {
        "pkg.common": ("pkg.common.Common",),
        "pkg.Common": ("pkg.common.Common",),
        "pkg.common.m": ("pkg.common.Common.m",),
        "pkg.Common.m": ("pkg.common.Common.m",),
    }
    others = {"pkg__Common": ("pkg.common.Common",), "pkg__Common__m": ("pkg.common.Common.m",)}
    joined = join(callables, origins, **others).evidence_for(ApiObject("pkg.Common.m", "method"))
    assert ([item.test for item in joined.evidence], joined.inherited) == ([TEST], "")


@pytest.mark.parametrize("more", [{}, {"pkg.Local": entry()}], ids=["alone", "with its class"])
def test_a_member_of_a_class_that_the_registry_knows_by_another_name_is_not_inherited(more):
    this_tests(Join.evidence_for, Join.undocumented)
    origins = {"pkg.Local": ("pkg._green.Green",), "pkg.Local.m": ("pkg._green.Green.m",)}
    made = join({"pkg.Local.m": entry(), **more}, origins, pkg___green__Green=(), pkg___green__Green__m=())
    joined = made.evidence_for(ApiObject("pkg._green.Green.m", "method"))
    assert ([item.test for item in joined.evidence], joined.inherited) == ([TEST], "")
    assert made.evidence_for(ApiObject("pkg._green.Green", "class")).members == 1
    assert made.undocumented() == []


@pytest.mark.parametrize(
    ("name", "inherited", "value"),
    [("pkg.C.made_class", "", "pkg.Made"), ("pkg.Heir.size", "pkg.Base.size", "")],
    ids=["a class", "what a base defines"],
)
def test_an_attribute_is_not_inherited_from_its_value(name, inherited, value):
    this_tests(Join.evidence_for)
    made = join(
        {"pkg.Made": entry(), "pkg.Base.size": entry()},
        {"pkg.C.made_class": ("pkg.Made",), "pkg.Heir.size": ("pkg.Base.size",)},
    )
    joined = made.evidence_for(ApiObject(name, "attribute"))
    assert (joined.inherited, joined.value) == (inherited, value)


def test_a_name_is_undocumented_if_no_page_describes_its_definition():
    """Both `pkg.a.f` and `pkg.b.f` are the function that `pkg._impl` defines."""
    this_tests(Join.undocumented)
    origins = {"pkg.a.f": ("pkg._impl.f",), "pkg.b.f": ("pkg._impl.f",)}
    assert join({"pkg.a.f": entry()}, origins, pkg__b__f=()).undocumented() == []
    assert join({"pkg.a.f": entry()}, origins, pkg__b__g=()).undocumented() == ["pkg.a.f"]


def test_what_the_source_tells_is_found_by_other_names_of_the_class():
    this_tests(Join.evidence_for)
    callables = {"pkg.C": entry(), "pkg.C.m": entry(), "pkg.C.n": entry()}
    known = {
        "pkg.C": ("pkg._impl.C",),
        "pkg.Other": ("pkg._impl.C",),
        "pkg.Other.m": ("pkg._impl.C.m",),
    }
    made = join(callables, known)

    joined = made.evidence_for(ApiObject("pkg.Other.m", "method"))

    assert ([item.test for item in joined.evidence], joined.inherited) == ([TEST], "")
    assert made.evidence_for(ApiObject("pkg.Other", "class")).members == 1


@pytest.mark.parametrize(("objtype", "expected"), [("class", 2), ("exception", 2), ("function", 0)])
def test_a_class_counts_the_tests_of_its_members(objtype, expected):
    this_tests(Join.evidence_for)
    callables = {"pkg.C.m": entry(declared=("a",)), "pkg._impl.C.n": entry(observed=("a", "b"))}
    made = join(callables, {"pkg.C": ("pkg._impl.C",)}, pkg__C=())
    assert made.evidence_for(ApiObject("pkg.C", objtype)).members == expected


@pytest.mark.parametrize(
    ("origins", "lineage", "others", "expected"),
    [
        (("pkg.Context",), (), (), 0),
        (("pkg._impl.m",), (), (), 0),
        (("pkg.Other.m",), ("pkg.C", "pkg.Base"), (), 0),
        (("pkg.Base.m",), ("pkg.C", "pkg.Base"), (), 1),
        (("pkg.Base.first",), ("pkg.C", "pkg.Base"), (), 1),
        (("pkg.C.first",), (), (), 1),
        (("pkg._impl.C.m",), ("pkg._impl.C",), (), 1),
        ((), (), ("pkg.Context",), 0),
        ((), (), ("other.Foreign.m",), 1),
    ],
    ids=[
        "another class",
        "a function",
        "a method of another class",
        "a method of a base",
        "a second name of a base's method",
        "a second name of its own method",
        "its own method, exported elsewhere",
        "a value that only autodoc knows",
        "a method that only autodoc knows to be inherited",
    ],
)
def test_only_what_a_class_defines_or_inherits_is_its_member(origins, lineage, others, expected):
    this_tests(Join.evidence_for)
    registry = Registry(
        callables={"pkg.C.m": entry()}, origins=lambda name: origins if name == "pkg.C.m" else ()
    )
    made = Join(registry, ApiObjects({}, {"pkg.C.m": others}, {}), lineage=lambda _: lineage)
    assert made.evidence_for(ApiObject("pkg.C", "class")).members == expected


@pytest.mark.parametrize(("objtype", "expected"), [("method", 1), ("attribute", 0)])
def test_a_member_that_a_page_shows_as_inherited_counts_for_its_class(objtype, expected):
    this_tests(Join.evidence_for)
    origin = "pkg.Base.m" if objtype == "method" else "pkg.Context"
    registry = Registry(
        callables={origin: entry()}, origins=lambda name: (origin,) if name == "pkg.C.m" else ()
    )
    pages = {"index": (ApiObject("pkg.C", "class", "c"), ApiObject("pkg.C.m", objtype, "m"))}
    made = Join(registry, ApiObjects(pages, {}, {}))
    assert made.evidence_for(ApiObject("pkg.C", "class")).members == expected


def test_entries_without_tests_are_not_missed():
    this_tests(Join.undocumented)
    made = join({"pkg.gone": Entry(), "pkg.b": entry(), "pkg.a": entry(), "pkg.f": entry()}, pkg__f=())
    assert made.undocumented() == ["pkg.a", "pkg.b"]


def test_what_was_merely_seen_or_inferred_is_not_missed():
    this_tests(Join.undocumented)
    seen = {"pkg.seen": entry(declared=(), observed=(TEST,)), "pkg.read": Entry(inferred={TEST: Link()})}
    assert join({**seen, "pkg.f": entry()}, pkg__f=()).undocumented() == []


def test_focus_is_counted_in_callables():
    this_tests(Join.links_of)
    made = join({"pkg.f": entry(declared=(TEST,), observed=(TEST,)), "pkg.g": entry()})
    assert made.links_of(TEST) == 2
    assert made.links_of("none") == 0


def test_a_private_method_has_the_tests_that_executed_its_definition():
    this_tests(Join.evidence_for)
    builder = RelationBuilder(1)
    for number in range(7):
        builder.add(
            f"t.py::test_{number}", ["pkg._impl:C._m"], [CALL | DIRECT if number == 6 else CALL], "passed"
        )
    registry = Registry(callables={"pkg.C": entry(observed=(TEST,))})
    names = ApiObjects({}, {"pkg.C._m": ("pkg._impl.C._m",)}, {})
    made = Join(registry, names, executed=lambda: Executed([builder.relation()], {}))

    joined = made.evidence_for(ApiObject("pkg.C._m", "method"))

    assert (joined.total, joined.direct, joined.inherited) == (7, 1, "")
    assert joined.evidence[0].test == "t.py::test_6"
    assert made.evidence_for(ApiObject("pkg.C._m", "attribute")).total == 0
