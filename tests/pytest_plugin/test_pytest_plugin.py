"""The pytest plugin: summary, undeclared tests, options, stability of the registry."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.this_tests(target="this_tests.pytest_plugin")

SUITE = """
    @pytest.mark.parametrize("a", [1, 2])
    def test_add(a): this_tests(mylib.add)

    class TestThing:
        def test_run(self): this_tests(mylib.Thing().run)
        def test_both(self): this_tests(mylib.Thing, mylib.subtract)
"""


@pytest.mark.slow
def test_the_summary_counts_callables_links_and_changes(project):
    project.tests(SUITE)
    project.run().stdout.fnmatch_lines(["test_registry.json: 4 callables, 4 links, 4 new"])
    project.run().stdout.fnmatch_lines(["test_registry.json: 4 callables, 4 links"])
    project.tests(SUITE.replace("mylib.subtract", "mylib.add"))
    project.run().stdout.fnmatch_lines(["test_registry.json: 3 callables, 4 links, 1 new, 1 gone"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "args",
    [
        ["-n", "0"],
        ["-n", "1"],
        ["-n", "4"],
        ["-n", "2", "--dist", "loadgroup"],
        ["-n", "2", "--dist", "each"],
        ["-p", "no:xdist"],
        ["-p", "no:cacheprovider"],
        ["--count=2"],
        ["-p", "randomly", "-p", "no:cacheprovider"],
        ["--import-mode=importlib"],
    ],
    ids=" ".join,
)
def test_the_file_is_the_same_under(project, args):
    project.tests(SUITE)
    project.tests("def test_far(): this_tests(mylib.sub.deep, mylib.add)", "tests/test_other.py")
    project.run()
    alone = project.text
    project.path.unlink()
    project.run_apart(*args)
    assert project.text == alone


def test_the_file_reads_one_node_id_a_line(project):
    project.tests(SUITE)
    project.run()
    assert project.text == (
        "{\n"
        '  "format": 1,\n'
        '  "callables": {\n'
        '    "mylib.Thing": {\n'
        '      "declared": {\n'
        '        "tests/test_it.py::TestThing::test_both": {}\n'
        "      }\n"
        "    },\n"
        '    "mylib.Thing.run": {\n'
        '      "declared": {\n'
        '        "tests/test_it.py::TestThing::test_run": {"via": "receiver"}\n'
        "      }\n"
        "    },\n"
        '    "mylib.add": {\n'
        '      "declared": {\n'
        '        "tests/test_it.py::test_add": {}\n'
        "      }\n"
        "    },\n"
        '    "mylib.subtract": {\n'
        '      "declared": {\n'
        '        "tests/test_it.py::TestThing::test_both": {}\n'
        "      }\n"
        "    }\n"
        "  },\n"
        '  "tests": {}\n'
        "}\n"
    )


def test_a_second_run_does_not_touch_the_file(project):
    project.tests(SUITE)
    project.run()
    before = project.path.stat()
    project.run()
    after = project.path.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


@pytest.mark.parametrize(
    "args",
    [
        ["-k", "test_add"],
        ["tests/test_it.py::test_add"],
        ["tests/test_it.py::TestThing"],
        ["--deselect", "tests/test_it.py::test_add"],
        ["--collect-only"],
        ["--setup-plan"],
        ["--setup-only"],
        ["-x"],
    ],
    ids=" ".join,
)
def test_a_partial_run_leaves_the_rest(project, args):
    project.tests(SUITE)
    project.run()
    before = project.text
    project.run(*args)
    assert project.text == before


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_partial_runs_leads_to_the_same_file(project, data):
    """Runs of files, by name, of single cases, in any order and number."""
    project.tests(SUITE)
    project.tests("def test_far(): this_tests(mylib.sub.deep, mylib.add)", "tests/test_other.py")
    project.run()
    whole = project.text
    runs = data.draw(st.lists(st.sampled_from(PARTIAL_RUNS), max_size=4))
    project.path.unlink()
    for args in runs:
        project.run(*args)
    project.run()
    assert project.text == whole
    for args in runs:
        project.run(*args)
        assert project.text == whole


PARTIAL_RUNS = [
    ["tests/test_it.py"],
    ["tests/test_other.py"],
    ["-k", "add or far"],
    ["tests/test_it.py::TestThing"],
    ["--lf"],
    ["--deselect", "tests/test_it.py::test_add"],
    ["-p", "no:cacheprovider", "tests"],
    ["--this-tests-for", "mylib.add"],
    ["-x", "--this-tests-observe"],
]


@pytest.mark.slow
def test_a_single_case_keeps_what_the_other_cases_declared(project):
    source = (
        "@pytest.mark.parametrize('f', ['add', 'subtract'])\ndef test_it(f): this_tests(getattr(mylib, f))"
    )
    project.tests(source)
    project.run()
    project.run("tests/test_it.py::test_it[add]")
    project.run("-k", "subtract")
    assert project.links == {"mylib.add": ["test_it"], "mylib.subtract": ["test_it"]}


@pytest.mark.slow
def test_last_failed_drops_nothing(project):
    project.tests(SUITE)
    project.tests(
        "def test_far(): this_tests(mylib.add)\ndef test_bad(): assert not FAILS", "tests/test_other.py"
    )
    project.write({"conftest.py": "import builtins, os\nbuiltins.FAILS = bool(os.environ.get('FAILS'))"})
    project.run()
    before = project.text
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAILS", "1")
        project.run()
        project.run("--lf")
    assert project.text == before


@pytest.mark.slow
def test_a_deleted_test_goes_when_its_file_is_run_as_a_whole(project):
    project.tests(SUITE)
    project.run()
    project.tests("def test_new(): this_tests(mylib.add)")
    project.run("tests/test_it.py::test_new")
    assert "mylib.Thing" in project.links
    project.run("tests/test_it.py")
    assert project.links == {"mylib.add": ["test_new"]}


def test_a_renamed_file_takes_its_entries_along(project):
    project.tests(SUITE, "tests/test_old.py")
    project.run()
    (project.root / "tests/test_old.py").rename(project.root / "tests/test_new.py")
    project.run()
    assert {test.partition("::")[0] for test in project.registry.linked_tests()} == {"tests/test_new.py"}


@pytest.mark.parametrize("folder", ["tests/", ""], ids=["in a folder", "in the root"])
def test_a_deleted_file_goes_with_any_run(project, folder):
    project.tests(SUITE, f"{folder}test_old.py")
    project.tests("def test_far(): this_tests(mylib.add)", "tests/test_other.py")
    project.run()
    (project.root / folder / "test_old.py").unlink()
    project.run("tests/test_other.py")
    assert project.links == {"mylib.add": ["test_far"]}


@pytest.mark.slow
def test_a_file_that_cannot_be_imported_keeps_its_entries(project):
    project.tests(SUITE)
    project.run()
    before = project.text
    project.tests("raise RuntimeError")
    assert project.run().ret == pytest.ExitCode.INTERRUPTED
    assert project.text == before
    project.tests("pytest.skip('not today', allow_module_level=True)")
    project.run()
    assert project.text == before


def test_a_declaration_taken_back_is_gone(project):
    project.tests(SUITE)
    project.run()
    project.tests(SUITE.replace("this_tests(mylib.add)", "this_tests('na')"))
    project.run()
    assert "mylib.add" not in project.links


OUTCOMES = """
    def test_it():
        this_tests(mylib.add)
        {}
"""


@pytest.mark.slow
def test_a_failing_test_keeps_its_links_and_is_marked(project):
    project.tests(OUTCOMES.format(""))
    project.run()
    project.tests(OUTCOMES.format("assert False").replace("mylib.add", "mylib.add, mylib.subtract"))
    project.run()
    assert project.links == {"mylib.add": ["test_it"]}
    assert project.registry.evidence("mylib.add")[0].outcome == "failed"
    project.tests(OUTCOMES.format(""))
    project.run()
    assert project.registry.evidence("mylib.add")[0].outcome == "passed"


@pytest.mark.parametrize("way", ["setup", "teardown", "subtest", "one case"])
def test_each_way_to_fail_is_no_evidence(project, way):
    sources = {
        "setup": "@pytest.fixture\ndef f(): raise ValueError\ndef test_it(f): pass",
        "teardown": "@pytest.fixture\ndef f():\n    yield\n    raise ValueError\n"
        "def test_it(f): this_tests(mylib.add)",
        "subtest": "def test_it(subtests):\n    this_tests(mylib.add)\n    with subtests.test('a'): assert 0",
        "one case": "@pytest.mark.parametrize('a', [0, 1])\ndef test_it(a):\n    this_tests(mylib.add)\n    assert a",
    }
    project.tests(sources[way])
    project.run()
    assert not project.path.exists()


def test_an_expected_failure_counts_and_is_marked(project):
    project.tests("@pytest.mark.xfail\n" + OUTCOMES.format("assert False").replace("\n    ", "\n"))
    project.run()
    assert project.registry.evidence("mylib.add")[0].outcome == "xfailed"


@pytest.mark.slow
@pytest.mark.parametrize("how", ["@pytest.mark.skip", "@pytest.mark.xfail(run=False)"])
def test_a_test_that_does_not_run_keeps_what_it_had(project, how):
    project.tests("def test_it(): this_tests(mylib.add)")
    project.run()
    before = project.text
    project.tests(f"{how}\ndef test_it(): this_tests(mylib.subtract)")
    project.run()
    assert project.text == before


def test_a_rerun_counts_as_it_ends(project):
    project.tests(
        """
        tries = []
        def test_it():
            tries.append(1)
            this_tests(mylib.add if len(tries) == 2 else mylib.subtract)
            assert len(tries) == 2
        """
    )
    result = project.run("--reruns", "2")
    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}
    assert project.links == {"mylib.add": ["test_it"]}


@pytest.mark.slow
def test_a_rerun_has_what_a_fixture_of_wider_scope_declared(project):
    """Its reports are logged after pytest has removed the fixtures from it."""
    project.tests("""
        tries = []

        @pytest.fixture(scope="module")
        def thing():
            this_tests(mylib.Thing)

        def test_it(thing):
            tries.append(1)
            assert len(tries) == 2
    """)
    project.run_apart("--reruns", "1")
    assert project.links == {"mylib.Thing": ["test_it"]}


def test_markers_that_readers_should_know_are_kept(project):
    project.configure('library = ["mylib"]\nmarkers = ["slow", "gpu"]', 'markers = ["slow", "other"]')
    project.tests("@pytest.mark.slow\n@pytest.mark.other\ndef test_it(): this_tests(mylib.add)")
    project.run()
    assert project.registry.evidence("mylib.add")[0].markers == ("slow",)


@pytest.mark.slow
def test_tests_of_a_crashed_worker_keep_what_was_done_before(project):
    project.tests(
        """
        import os
        def test_a(): this_tests(mylib.add)
        def test_b(): os._exit(3)
        def test_c(): this_tests(mylib.subtract)
        """
    )
    project.run_apart("-n", "1")
    assert project.links == {"mylib.add": ["test_a"], "mylib.subtract": ["test_c"]}


# Undeclared tests.

UNDECLARED = """
    def test_good(): this_tests(mylib.add)
    def test_undeclared(): pass
    @pytest.mark.parametrize("a", [1, 2])
    def test_undeclared_cases(a): pass
    def test_na(): this_tests("na")
    def test_fails(): assert 0
    @pytest.mark.skip
    def test_skipped(): pass
    @pytest.mark.xfail
    def test_xfails(): assert 0
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_summary_lists_undeclared_tests(project, workers):
    project.tests(UNDECLARED.replace("def test_fails(): assert 0", ""))
    result = project.run_apart("-n", workers)
    assert result.ret == 0
    text = result.stdout.str()
    assert [line.strip() for line in text.splitlines() if line.startswith("  tests/")] == [
        "tests/test_it.py:7: test_undeclared",
        "tests/test_it.py:8: test_undeclared_cases",
    ]


def test_missing_error_fails_the_session(project):
    project.tests("def test_undeclared(): pass")
    assert project.run("--this-tests-missing=error").ret == pytest.ExitCode.TESTS_FAILED
    assert project.run("--this-tests-missing=warn").ret == pytest.ExitCode.OK


def test_missing_ignore_reports_nothing(project):
    project.tests(UNDECLARED)
    project.run("--this-tests-missing=ignore").stdout.no_fnmatch_line("*test_undeclared*")


GUIDE = "https://mylib.example/testing.html#declare"


@pytest.mark.parametrize("place", ["table", "ini"])
def test_the_reminder_ends_with_the_address_of_the_projects_guide(project, place):
    project.tests("def test_undeclared(): pass")
    project.run().stdout.fnmatch_lines(["Declare what each test exercises, or 'na' if it exercises nothing."])
    if place == "table":
        project.configure(f'library = ["mylib"]\nguide = "{GUIDE}"')
    else:
        project.configure(rest=f'this_tests_guide = "{GUIDE}"')
    project.run().stdout.fnmatch_lines(
        [f"Declare what each test exercises, or 'na' if it exercises nothing: {GUIDE}"]
    )


MANY = "\n".join(f"def test_{number:02}(): mylib.add(1, 2)" for number in range(25))
OBSERVES_ONLY = 'To observe only, and not to declare, set missing = "ignore" in [[]tool.this-tests[]].'


@pytest.mark.slow
def test_a_project_that_only_observes_is_told_how_to_say_so(project):
    project.configure('library = ["mylib"]\nobserve = true')
    project.tests(MANY)
    for _ in range(2):
        result = project.run_apart()
        result.stdout.fnmatch_lines(["  … and 20 more tests (-v lists all)", OBSERVES_ONLY])
        assert sum(line.startswith("  tests/") for line in result.outlines) == 5
    assert sum(line.startswith("  tests/") for line in project.run_apart("-v").outlines) == 25


@pytest.mark.slow
def test_a_project_that_observes_and_declares_is_told_of_each_test(project):
    project.configure('library = ["mylib"]\nobserve = true')
    project.tests(MANY)
    project.tests("def test_it(): this_tests(mylib.add)", "tests/test_declared.py")
    result = project.run_apart()
    assert sum(line.startswith("  tests/test_it.py:") for line in result.outlines) == 20
    result.stdout.no_fnmatch_line(OBSERVES_ONLY)
    # The registry has its declaration.
    project.run_apart("tests/test_it.py").stdout.no_fnmatch_line(OBSERVES_ONLY)


def test_a_file_that_is_not_written_is_not_mentioned(project):
    project.tests("def test_it(): this_tests('na')")
    for rest in ("", "[tool.this-tests]\n"):
        project.write({"pyproject.toml": f'[project]\nname = "mylib"\n{rest}'})
        project.run("-p", "no:asyncio").stdout.no_fnmatch_line("*test_registry.json*")
    assert not project.path.exists()


def test_missing_can_be_set_in_the_table_and_in_the_ini_file(project):
    project.tests("def test_undeclared(): pass")
    project.configure('library = ["mylib"]\nmissing = "error"')
    assert project.run().ret == pytest.ExitCode.TESTS_FAILED
    project.configure('library = ["mylib"]\nmissing = "error"', 'this_tests_missing = "ignore"')
    assert project.run().ret == pytest.ExitCode.OK
    assert project.run("--this-tests-missing=error").ret == pytest.ExitCode.TESTS_FAILED


def test_a_long_list_of_undeclared_tests_is_cut_and_names_the_option_that_lists_all(project):
    project.tests("\n".join(f"def test_{number:02}(): pass" for number in range(25)))
    result = project.run()
    result.stdout.fnmatch_lines(["  … and 5 more tests (-v lists all)"])
    project.run("-v").stdout.fnmatch_lines(["  tests/test_it.py:29: test_24"])


# The check.


def test_check_passes_on_a_true_file_and_writes_nothing(project):
    project.tests(SUITE)
    project.run()
    before = project.path.stat()
    result = project.run("--this-tests-check")
    assert result.ret == 0
    assert project.path.stat().st_mtime_ns == before.st_mtime_ns


def test_check_fails_on_a_change_and_names_it(project):
    project.tests(SUITE)
    project.run()
    before = project.text
    project.tests(SUITE.replace("mylib.subtract", "mylib.add"))
    result = project.run("--this-tests-check")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert project.text == before
    result.stdout.fnmatch_lines(
        [
            "It is not up to date. Run pytest without --this-tests-check, and commit it:",
            "  + mylib.add  declared by  tests/test_it.py::TestThing::test_both",
            "  - mylib.subtract  declared by  tests/test_it.py::TestThing::test_both",
        ]
    )


@pytest.mark.slow
def test_check_fails_where_there_should_be_a_file(project):
    project.tests(SUITE)
    assert project.run("--this-tests-check").ret == pytest.ExitCode.TESTS_FAILED
    assert not project.path.exists()


# The path of the registry.


def test_the_registry_option_is_relative_to_where_pytest_is_called(project):
    project.tests(SUITE)
    project.run("--this-tests-registry", "out.json")
    assert (project.root / "out.json").exists()
    assert not project.path.exists()


def test_the_registry_setting_is_relative_to_the_root(project):
    project.tests(SUITE)
    project.configure('library = ["mylib"]\nregistry = "docs/tests.json"')
    (project.root / "docs").mkdir()
    project.run().stdout.fnmatch_lines(["docs/tests.json: 4 callables, 4 links, 4 new"])
    assert json.loads((project.root / "docs/tests.json").read_text())["format"] == 1


# Compatibility.


@pytest.mark.slow
def test_a_project_that_does_not_use_us_hears_nothing(project):
    (project.root / "pyproject.toml").unlink()
    project.tests("def test_it(): pass")
    result = project.run_apart()
    result.stdout.no_fnmatch_line("*this?tests*(*")
    assert not project.path.exists()


@pytest.mark.slow
def test_without_the_plugin_nothing_is_written(project):
    project.tests("def test_it(): this_tests(mylib.add)")
    assert project.run_apart("-p", "no:this_tests").ret == 0
    assert not project.path.exists()


def test_an_unreadable_registry_is_reported_and_unchanged(project):
    project.tests(SUITE)
    project.path.write_text("{\n<<<<<<< HEAD\n}")
    result = project.run()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["this-tests: *test_registry.json: line 2, column 1: git conflict markers*"])
    assert project.text == "{\n<<<<<<< HEAD\n}"
    assert project.run("--this-tests-check").ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.slow
def test_an_error_in_the_plugin_changes_no_outcome_and_is_reported_once(project):
    project.tests(SUITE)
    project.write(
        {
            "conftest.py": """
                from this_tests.names import Names
                def resolve(*args, **kwargs): raise RuntimeError("our mistake")
                def pytest_configure(): Names.resolve = resolve
            """
        }
    )
    result = project.run_apart()
    assert result.parseoutcomes() == {"passed": 4}
    text = result.stdout.str()
    assert text.count("our mistake") == 1
    assert "this-tests: this_tests(): RuntimeError: our mistake" in text


def test_a_wrong_setting_is_a_usage_error(project):
    project.configure('library = ["mylib"]\nmissing = "perhaps"')
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*pyproject.toml: [[]tool.this-tests[]]: Invalid enum value 'perhaps' - at `$.missing`"]
    )


def test_the_help_names_options_and_keys(project):
    result = project.run("--help")
    result.stdout.fnmatch_lines(["*--this-tests-registry=PATH*", "*this_tests_library (args):*"])
    project.run("--markers").stdout.fnmatch_lines(["@pytest.mark.this_tests(target=*"])
