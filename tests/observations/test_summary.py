"""The results of observing: counts and examples in the registry, and suggestions in the summary."""

import zlib

import pytest

from this_tests.observations.crosscheck import disagreements
from this_tests.observations.summary import summary

pytestmark = [pytest.mark.slow, pytest.mark.this_tests(target=[summary, disagreements])]


def test_the_registry_names_the_twelve_most_relevant(observing):
    focused = "".join(f"def test_{letter}(): mylib.add(1, 2)\n" for letter in "bcdefghijk")
    observing.run(
        "@pytest.fixture\ndef much(): return mylib.cached(), mylib.made(), mylib.Thing().run()\n"
        "def test_z_direct(): mylib.add(1, 2)\n"
        "def test_z_add(much): mylib.add(1, 2)\n"
        "def test_a_indirect(): mylib.wrapped()\n"
        "def test_a_error(): mylib.add(1, 2)\n"
        "def test_a_sprawling(much): mylib.add(1, 2)\n" + focused
    )
    add = observing.project.registry.callables["mylib.add"].observed
    assert (add.tests, add.direct) == (15, 14)
    assert [test.partition("::")[2] for test in add.examples] == [
        *(f"test_{letter}" for letter in "bcdefghijk"),
        "test_z_add",
        "test_z_direct",
    ]


def test_what_runs_see_is_not_in_the_registry(observing):
    observing.run("def test_it(): mylib.wrapped()")
    assert not observing.project.path.exists()
    assert (observing.project.root / "test_observations" / ".gitignore").exists()


def test_private_functions_that_the_docs_list_are_kept(observing):
    observing.project.root.joinpath("objects.inv").write_bytes(
        b"# Sphinx inventory version 2\n# Project: mylib\n# Version: 1\n# The rest is compressed with zlib.\n"
        + zlib.compress(b"mylib._impl._helper py:function 1 api.html#$ -\n")
    )
    observing.project.configure(
        'library = ["mylib"]\nmissing = "ignore"\nobserve = true\ninventory = ["objects.inv"]'
    )
    observing.run("def test_it(): mylib.add(1, 2)")
    assert observing.seen["mylib._impl._helper"] == (1, 0)


def test_a_second_run_writes_the_same(observing):
    observing.run("def test_a(): mylib.wrapped()\ndef test_b(): mylib.cached()")
    before = observing.project.registry
    observing.again()
    assert observing.project.registry == before


@pytest.mark.parametrize(
    "args", [["-k", "test_a"], ["tests/test_it.py::test_a"], ["--no-this-tests-observe"]]
)
def test_a_partial_run_leaves_the_rest(observing, args):
    observing.run("def test_a(): mylib.wrapped()\ndef test_b(): mylib.wrapped()")
    before, rows = observing.project.registry, observing.relation.tests
    observing.again(*args)
    assert observing.project.registry == before
    assert observing.relation.tests == rows


def test_a_deleted_test_goes_from_both(observing):
    observing.run("def test_a(): mylib.cached()\ndef test_b(): mylib.wrapped()")
    observing.run("def test_b(): mylib.wrapped()")
    assert observing.seen == {"mylib.add": (1, 0), "mylib.wrapped": (1, 1)}
    assert observing.relation.tests == {"tests/test_it.py::test_b"}


@pytest.mark.parametrize(("args", "kept"), [([], "b"), (["-k", "b or not_there"], "ab")])
def test_a_deleted_case_goes_when_all_cases_ran(observing, args, kept):
    source = "@pytest.mark.parametrize('case', {})\ndef test_it(case): mylib.cached()"
    observing.run(source.format(["a"]))
    observing.run(source.format(["b", "c"]), *args)
    cases = {test.partition("[")[2] for test in observing.relation.tests}
    assert cases == {f"{case}]" for case in kept + "c" * (not args)}


def test_parts_of_a_suite_add_up(observing):
    observing.project.tests("def test_a(): mylib.cached()", "tests/test_a.py")
    observing.project.tests("def test_b(): mylib.cached()", "tests/test_b.py")
    observing.again("tests/test_a.py")
    observing.again("tests/test_b.py")
    assert observing.relation.tests_of("mylib._impl:cached") == {
        "tests/test_a.py::test_a",
        "tests/test_b.py::test_b",
    }


def test_declared_and_not_executed_is_suggested(observing):
    result = observing.run(
        "def test_it():\n    this_tests(mylib.add, mylib.Thing)\n    mylib.cached()"
    ).result
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "Declared, but not executed by the test:",
            "  tests/test_it.py::test_it: mylib.Thing",
            "  tests/test_it.py::test_it: mylib.add",
            "Called by the test's body, but not declared:",
            "  tests/test_it.py::test_it: mylib.cached",
        ]
    )


@pytest.mark.parametrize(
    "body",
    [
        "this_tests(mylib.add); mylib.add(1, 2)",
        "this_tests(mylib.Thing); mylib.Thing().run()",
        "this_tests(mylib.Thing().run); mylib.Thing().run()",
        "this_tests('mylib.Thing.size'); mylib.Thing().size",
        "this_tests('na'); mylib.add(1, 2)",
        "this_tests(mylib); mylib.add(1, 2)",
        "mylib.add(1, 2)",
    ],
)
def test_nothing_is_suggested_for(observing, body):
    result = observing.run(f"def test_it():\n    {body}").result
    result.stdout.no_fnmatch_line("*not executed*")
    result.stdout.no_fnmatch_line("*not declared*")


def test_a_class_is_executed_where_it_is_called_though_nothing_can_be_made_of_it(observing):
    observing.project.write(
        {
            "mylib/shapes.py": """
                import abc
                class Shape(abc.ABC):
                    def __init__(self): self.corners = 0
                    @abc.abstractmethod
                    def area(self): pass
            """
        }
    )
    result = observing.run(
        """
        import mylib.shapes
        def test_it():
            this_tests(mylib.shapes.Shape)
            with pytest.raises(TypeError): mylib.shapes.Shape()
        """,
        outcomes={"passed": 1},
    ).result
    result.stdout.no_fnmatch_line("*not executed*")


def test_kinds_of_properties_and_objects_that_are_called_are_named(observing):
    observing.project.write(
        {
            "mylib/kinds.py": """
                class plain(property):
                    pass

                class cached(property):
                    def __get__(self, instance, owner=None):
                        return self if instance is None else self.fget(instance)

                class Request:
                    @plain
                    def path(self): return "/"
                    @cached
                    def form(self): return {}

                class Formatter:
                    def __call__(self, text): return text

                format_text = Formatter()
            """
        }
    )
    observing.run(
        """
        from mylib import kinds
        def test_path(): assert kinds.Request().path == "/"
        def test_form(): assert kinds.Request().form == {}
        def test_shared(): assert kinds.format_text("a") == "a"
        def test_own(): assert kinds.Formatter()("a") == "a"
        """,
        outcomes={"passed": 4},
    )
    seen = observing.seen
    assert seen["mylib.kinds.Request.path"] == (1, 1)
    assert seen["mylib.kinds.Request.form"] == (1, 0)
    assert seen["mylib.kinds.format_text"] == (1, 1)
    assert seen["mylib.kinds.Formatter.__call__"] == (2, 2)


def test_suggestions_are_cut(observing):
    names = ", ".join(f"mylib.many.f{number}" for number in range(12))
    functions = "\n".join(f"def f{number}(): pass" for number in range(12))
    observing.project.write({"mylib/many.py": functions})
    result = observing.run(f"import mylib.many\ndef test_it(): this_tests({names})").result
    result.stdout.fnmatch_lines(["  … and 2 more suggestions (-v lists all)"])
