"""Which declarations are unambiguous, and why the others are not."""

import pytest

from this_tests import this_tests
from this_tests.check.findings import Finding
from this_tests.check.fixes import Fix, find_fixes
from this_tests.observations.relation import BODY, CALL, RelationBuilder
from this_tests.source.public_api import PublicCallable
from this_tests.suite.call_roles import read_calls
from this_tests.suite.reader import Suite, SuiteFile, SuiteFunction

FILE = "tests/test_ops.py"
API = [
    PublicCallable(f"lib.{name}", (), "lib", definition=f"lib._all:{name}", plain=name[0].islower())
    for name in ("add", "add_edge", "sub", "fields", "AsDict", "Thing", "Thing.run", "Render", "capture")
]


def found(source, called, *, file=FILE, outcome="passed", api=API, helpers=()):  # noqa: PLR0913  # each is a part of the situation
    """Return the fixes of the tests in *source*, which called the library's functions *called* by test."""
    relation = RelationBuilder(1)
    for test, names in called.items():
        functions = [f"lib._all:{name}" for name in names]
        relation.add(f"{file}::{test}", functions, [BODY | CALL] * len(functions), outcome)
    calls = read_calls(source.encode())
    names = [*calls, *(test for test in called if test not in calls)]
    functions = tuple(
        SuiteFunction(name, 1, name not in helpers, declares=False, uses=frozenset()) for name in names
    )
    suite = Suite([SuiteFile(file, functions, frozenset(), frozenset(), frozenset(), (), ())])
    findings = [Finding(file, 1, "missing", name, "") for name in names if name not in helpers]
    return find_fixes(findings, suite, relation.relation(), api, {file: calls})


def targets(fixes):
    return {fix.test: fix.target for fix in fixes.fixes}


def reasons(fixes):
    return [left.reason for left in fixes.left]


@pytest.mark.parametrize(
    ("test", "body", "called", "target"),
    [
        ("test_add", "assert add(1, sub(2, 1))", ["add", "sub"], "lib.add"),
        ("test_add_edge_twice", "add(1); assert add_edge(1)", ["add", "add_edge"], "lib.add_edge"),
        ("test_thing_run", "assert Thing().run()", ["Thing.__init__", "Thing.run"], "lib.Thing.run"),
        ("test_it", "x = add(1, 2)\n    y = x + 1\n    assert y", ["add"], "lib.add"),
        ("test_it", "with pytest.raises(ValueError):\n        add(1, 2)", ["add"], "lib.add"),
        ("test_it", "self.assertEqual(3, list(add(1, 2)))", ["add"], "lib.add"),
        ("test_it", "'''add_edge() works.'''\n    add_edge(1)", ["add_edge"], "lib.add_edge"),
        ("test_it", "'''A Thing is `Thing`.'''\n    Thing()", ["Thing"], "lib.Thing"),
    ],
)
def test_what_the_name_or_the_checks_speak_for_is_certain(test, body, called, target):
    this_tests(find_fixes, read_calls)
    assert targets(found(f"def {test}(self):\n    {body}\n", {test: called})) == {test: target}


@pytest.mark.parametrize(
    ("test", "body", "called", "reason"),
    [
        ("test_it", "add(1)", [], "calls nothing of the library in its own body"),
        ("test_it", "add(_hidden())", ["_hidden"], "calls something that is not public: lib._all._hidden"),
        ("test_it", "add(sub(1))", ["add", "sub"], "calls 2 public callables, its name fits none"),
        ("test_add", "add(1); add_edge(1)", ["add", "add_edge"], "has a name that may mean lib.add or lib.add_edge"),
        ("test_add_edge", "assert add(1)", ["add"], "is named after lib.add_edge, which it does not call"),
        ("test_it", "configure(render=Render())", ["Render"], "calls only lib.Render, which is no plain function, and its name does not fit"),
        ("test_render", "configure(render=Render())", ["Render"], "calls lib.Render only for an argument of another call"),
        ("test_it", "configure(add(1))", ["add"], "calls only lib.add, does not check each result, and its name does not fit"),
        ("test_it", "with capture() as c:\n        assert c", ["capture"], "calls only lib.capture, does not check each result, and its name does not fit"),
        ("test_it", "for f in fields(C):\n        assert f", ["fields"], "calls only lib.fields, does not check each result, and its name does not fit"),
        ("test_it", "if add(1):\n        assert 1", ["add"], "calls only lib.add, does not check each result, and its name does not fit"),
        ("test_add", "sub(1)", ["add"], "has no call of lib.add in its source; was it observed before a change?"),
        ("test_it", "assert Thing().run()", ["Thing.run"], "calls only lib.Thing.run, which is no plain function, and its name does not fit"),
    ],
)  # fmt: skip
def test_what_is_in_doubt_is_left_with_the_reason(test, body, called, reason):
    this_tests(find_fixes, read_calls)
    fixes = found(f"def {test}(self):\n    {body}\n", {test: called})
    assert (targets(fixes), reasons(fixes)) == ({}, [reason])


def test_what_was_not_seen_to_pass_is_left():
    this_tests(find_fixes)
    source = "def test_add():\n    assert add(1)\n"
    assert reasons(found(source, {})) == ["was not observed"]
    assert reasons(found(source, {"test_add": ["add"]}, outcome="failed")) == ["failed when it was observed"]
    two = {"test_add[1]": ["add"], "test_add[2]": ["add"]}
    assert reasons(found(source, two, outcome="failed"))[0] == "failed when it was observed [1]"
    twice = found(source + source, {"test_add": ["add"]})
    assert reasons(twice) == ["is defined more than once, or inside an if"]


def test_the_names_of_classes_and_files_speak_for_a_callable():
    this_tests(find_fixes)
    body = "        AsDict(1)\n"
    source = f"class TestAsDict:\n    def test_it(self):\n{body}"
    assert targets(found(source, {"TestAsDict::test_it": ["AsDict"]})) == {
        "TestAsDict::test_it": "lib.AsDict"
    }
    source = f"class TestMore:\n    def test_it(self):\n{body}"
    called = {"TestMore::test_it": ["AsDict"]}
    assert targets(found(source, called)) == {}
    assert targets(found(source, called, file="tests/test_asdict.py")) == {"TestMore::test_it": "lib.AsDict"}


def test_a_class_that_is_named_after_another_callable_is_in_doubt():
    this_tests(find_fixes)
    source = "class TestAdd:\n    def test_sub(self):\n        assert add(sub(1)) == sub(2)\n"
    fixes = found(source, {"TestAdd::test_sub": ["add", "sub"]})
    assert reasons(fixes) == ["is named after lib.sub, and its class after lib.add"]


def test_what_most_tests_of_a_file_call_is_setup_unless_their_names_say_so():
    this_tests(find_fixes)
    names = ["test_one", "test_two", "test_three", "test_add"]
    source = "".join(f"def {name}():\n    assert add(1)\n" for name in names)
    fixes = found(source, {name: ["add"] for name in names})
    assert targets(fixes) == {"test_add": "lib.add"}
    assert reasons(fixes) == ["calls only lib.add, as most tests of its file do"] * 3


def test_a_test_that_is_named_after_a_helper_may_test_the_helper():
    this_tests(find_fixes)
    source = "def make(): ...\ndef test_make():\n    assert add(make())\n"
    fixes = found(source, {"test_make": ["add"]}, helpers=["make"])
    assert reasons(fixes) == ["is named after a helper of its file"]


def test_the_target_is_the_documented_name_with_its_aliases():
    this_tests(find_fixes)
    api = [PublicCallable("lib.docs.add", ("lib.add",), "lib.docs", definition="lib._all:add", plain=True)]
    fixes = found("def test_add():\n    assert add(1)\n", {"test_add": ["add"]}, api=api)
    assert fixes.fixes == (Fix(FILE, "test_add", "lib.docs.add", ("lib.add", "lib._all.add")),)
