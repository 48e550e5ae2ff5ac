"""What an editor gets from `this-tests lsp`, which runs as a process of its own."""

import json
import subprocess
import sys

import pytest

from this_tests import this_tests
from this_tests.cli.lsp import lsp
from this_tests.language_server.actions import actions, edit_between
from this_tests.language_server.diagnostics import Gate
from this_tests.language_server.evidence import EvidenceFiles
from this_tests.language_server.hovers import hover_lines
from this_tests.language_server.lenses import lenses
from this_tests.language_server.references import references

pytestmark = pytest.mark.slow
LIBRARY, TESTS = "mylib/_impl.py", "tests/test_it.py"


def test_each_callable_and_each_test_has_a_lens(observed, edit):
    this_tests(lsp, lenses)

    async def steps(editor):
        editor.open(LIBRARY)
        editor.open(TESTS)
        return await editor.lenses(LIBRARY), await editor.lenses(TESTS)

    assert edit(steps) == (
        [
            (0, "2 tests, 1 direct, 1 declared"),
            (3, "2 tests"),
            (6, "1 test, 1 direct"),
            (7, "1 test, 1 direct"),
            (10, "no tests"),
        ],
        [(3, "exercises 2 callables"), (9, "exercises 4 callables")],
    )


def test_declarations_are_enough(library, edit):
    this_tests(lsp, lenses)
    library.run()

    async def steps(editor):
        editor.open(LIBRARY)
        editor.open(TESTS)
        return (await editor.lenses(LIBRARY))[:2], await editor.lenses(TESTS)

    assert edit(steps) == (
        [(0, "1 test, 1 declared"), (3, "no tests")],
        [(3, "exercises 1 callable"), (9, "run this test")],
    )


def test_a_lens_carries_the_command_that_runs_the_tests(observed, edit):
    this_tests(lsp, lenses)

    async def steps(editor):
        editor.open(LIBRARY)
        parameters = editor.types.CodeLensParams(editor.identifier(LIBRARY))
        found = await editor.client.text_document_code_lens_async(parameters)
        private = await editor.client.code_lens_resolve_async(found[1])
        return [lens.command for lens in (found[0], private)]

    public, private = edit(steps)
    root = str(observed.root.resolve())
    assert (public.command, *public.arguments) == (
        "this-tests.run",
        "pytest --this-tests-for mylib.add",
        root,
    )
    tests = "tests/test_it.py::TestThing::test_run tests/test_it.py::test_adding"
    assert (private.command, *private.arguments) == ("this-tests.run", f"pytest {tests}", root)


def test_a_client_that_does_not_run_commands_is_told_the_command_line(library, edit):
    this_tests(lsp)

    async def steps(editor):
        types = editor.types
        words = types.ExecuteCommandParams("this-tests.run", ["pytest x", "/folder"])
        await editor.client.workspace_execute_command_async(words)
        return editor.messages

    assert edit(steps) == ["this-tests: run in /folder: pytest x"]


def test_lenses_follow_the_text_that_is_not_saved(observed, edit):
    this_tests(lsp, lenses)

    async def steps(editor):
        text = editor.open(LIBRARY)
        editor.change(LIBRARY, f"import os\n\n\n{text}")
        moved = await editor.lenses(LIBRARY)
        editor.change(LIBRARY, f"import os\n\n{text}\nx = (\n")
        broken = await editor.lenses(LIBRARY)
        editor.change(LIBRARY, "def unused(): pass\ndef add(): pass\n")
        return [line for line, _ in moved], [line for line, _ in broken], await editor.lenses(LIBRARY)

    assert edit(steps) == (
        [3, 6, 9, 10, 13],
        [2, 5, 8, 9, 12],
        [(0, "no tests"), (1, "2 tests, 1 direct, 1 declared")],
    )


def test_lenses_follow_the_files_on_the_disk(library, edit):
    this_tests(lsp, EvidenceFiles.current)

    async def steps(editor):
        editor.open(LIBRARY)
        before = await editor.lenses(LIBRARY)
        library.run_apart("--this-tests-observe")
        return before[0], (await editor.lenses(LIBRARY))[0]

    assert edit(steps) == ((0, "no tests"), (0, "2 tests, 1 direct, 1 declared"))


def test_a_client_that_watches_files_is_told_to_ask_again(library, edit):
    this_tests(lsp)
    types = pytest.importorskip("lsprotocol.types")
    watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    refreshing = types.CodeLensWorkspaceClientCapabilities(refresh_support=True)
    capabilities = types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(did_change_watched_files=watching, code_lens=refreshing)
    )

    async def steps(editor):
        seen = []
        editor.client.feature("client/registerCapability")(lambda _: seen.append("registered"))
        editor.client.feature("workspace/codeLens/refresh")(lambda _: seen.append("refreshed"))
        editor.open(LIBRARY)
        await editor.lenses(LIBRARY)
        event = types.FileEvent(editor.uri("test_registry.json"), types.FileChangeType.Changed)
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        for _ in range(3):
            await editor.lenses(LIBRARY)
        return seen

    assert "refreshed" in edit(steps, capabilities)


def test_a_hover_shows_tests_and_the_command(observed, edit):
    this_tests(lsp, hover_lines)

    async def steps(editor):
        editor.open(LIBRARY)
        editor.open(TESTS)
        return (
            await editor.hover(LIBRARY, 0, 5),
            await editor.hover(TESTS, 5, 23),
            await editor.hover(TESTS, 10, 30),
            await editor.hover(TESTS, 10, 10),
            await editor.hover(TESTS, 9, 10),
            await editor.hover(LIBRARY, 10, 5),
        )

    definition, name, method, nothing, test, unused = edit(steps)
    assert definition.splitlines() == [
        "this-tests: `mylib.add`",
        "",
        "2 tests:",
        "",
        r"- `tests/test_it.py::test_adding` (declared): "
        r"Adds \[two\]\(http\:\/\/x\) \<b\>numbers\<\/b\>\.",
        "- `tests/test_it.py::TestThing::test_run` (indirect)",
        "",
        "```console",
        "$ pytest --this-tests-for mylib.add",
        "```",
    ]
    assert name == definition
    assert method.splitlines()[0] == "this-tests: `mylib.Thing.run`"
    assert nothing is None
    assert "exercises 4 callables:" in test
    assert "No test exercises it." in unused


def test_references_lead_to_the_tests_and_back(observed, edit):
    this_tests(lsp, references)

    async def steps(editor):
        editor.open(LIBRARY)
        text = editor.open(TESTS)
        tests = await editor.references(LIBRARY, 0, 5)
        editor.change(TESTS, f"\n\n{text}")
        moved = await editor.references(LIBRARY, 3, 6)
        return tests, moved, await editor.references(TESTS, 5, 6), await editor.references(TESTS, 11, 12)

    tests, moved, adding, run = edit(steps)
    assert tests == [(TESTS, 3, 4), (TESTS, 9, 8)]
    assert sorted(moved) == [(TESTS, 5, 4), (TESTS, 11, 8)]
    assert adding == [(LIBRARY, 0, 4), (LIBRARY, 3, 4)]
    assert sorted(run) == [(LIBRARY, 0, 4), (LIBRARY, 3, 4), (LIBRARY, 6, 6), (LIBRARY, 7, 8)]


def test_findings_of_the_check_are_diagnostics(observed, edit):
    this_tests(lsp, Gate.diagnostics)

    async def steps(editor):
        text = editor.open(TESTS)
        opened = await editor.diagnostics(TESTS, bool)
        wrong = text.replace("this_tests(mylib.add)", 'this_tests("mylib.ad")')
        editor.change(TESTS, f"\n{wrong}")
        changed = await editor.diagnostics(TESTS, lambda codes: len(codes) == 2)
        editor.change(
            TESTS, text.replace("def test_run(self):", "def test_run(self):  # this-tests: off (why)")
        )
        return opened, changed, await editor.diagnostics(TESTS, lambda codes: not codes)

    opened, changed, none = edit(steps)
    assert opened == [("missing", 9)]
    assert sorted(changed) == [("missing", 10), ("unknown-name", 6)]
    assert none == []


def test_what_the_baseline_accepts_is_no_diagnostic(observed, command, edit):
    this_tests(lsp, Gate.diagnostics)
    assert command("check", "--write-baseline").returncode == 0

    async def steps(editor):
        editor.open(TESTS)
        editor.open(LIBRARY)
        tests = await editor.diagnostics(TESTS, lambda _: True)
        accepted = await editor.diagnostics(LIBRARY, lambda _: True)
        (observed.root / "this-tests-baseline.json").write_text('{"format": 1, "findings": {}}')
        editor.save(LIBRARY)
        return tests, accepted, await editor.diagnostics(LIBRARY, bool)

    assert edit(steps) == ([], [], [("untested", 10)])


def test_the_certain_fix_is_a_code_action(observed, edit):
    this_tests(lsp, actions)

    async def steps(editor):
        text = editor.open(TESTS)
        run, declare = await editor.actions(TESTS, 10)
        return text, run, declare, await editor.actions(TESTS, 3), await editor.actions(TESTS, 1)

    text, run, declare, declared, nowhere = edit(steps)
    assert (run.title, run.command, run.arguments[0]) == (
        "Run this test",
        "this-tests.run",
        "pytest tests/test_it.py::TestThing::test_run",
    )
    assert declare.title == "Declare what this test exercises"
    assert declare.is_preferred
    ((change,),) = declare.edit.changes.values()
    lines = text.splitlines(keepends=True)
    lines[change.range.start.line : change.range.end.line] = [change.new_text]
    assert "".join(lines) == text.replace(
        "def test_run(self):\n", "def test_run(self):\n        this_tests(mylib.Thing.run)\n"
    )
    assert [action.title for action in declared] == ["Run this test"]
    assert nowhere == ()


def test_a_test_without_a_certain_fix_has_a_choice(observed, edit):
    this_tests(lsp, actions)
    observed.tests(
        "def test_both():\n    assert mylib.add(1, 2) == mylib.Thing().run()\n", "tests/test_both.py"
    )
    observed.run("--this-tests-observe")

    async def steps(editor):
        editor.open("tests/test_both.py")
        return await editor.actions("tests/test_both.py", 4)

    assert [action.title for action in edit(steps)] == [
        "Run this test",
        "Declare that this test exercises mylib.Thing",
        "Declare that this test exercises mylib.Thing.run",
        "Declare that this test exercises mylib.add",
    ]


def test_positions_are_counted_in_utf_16(library, edit):
    this_tests(lsp)
    library.write({LIBRARY: '"😀"; add = 1\nclass Ä€:\n    x = "😀"; y = None\n    def add(self): pass\n'})
    text = 'import mylib\n\ndef test_it():\n    "😀"; mylib.add()\n'
    library.write({TESTS: text, "mylib/__init__.py": "def add(): pass\n"})
    library.run("--this-tests-observe")

    async def steps(editor):
        editor.open(TESTS)
        return await editor.hover(TESTS, 3, 18), await editor.hover(TESTS, 3, 20)

    last, behind = edit(steps)
    assert last.startswith("this-tests: `mylib.add`")
    assert behind is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[]", "test_registry.json"),
        ("\0", "test_registry.json"),
        ("[" * 100_000, "test_registry.json"),
        ('{"format": 99}', "test_registry.json"),
    ],
    ids=range(4),
)
def test_a_registry_that_cannot_be_read_is_told_once(observed, edit, content, told):
    this_tests(lsp, EvidenceFiles.current)
    observed.path.write_text(content)
    (observed.root / "test_observations" / "x.observed").write_bytes(b"\0")

    async def steps(editor):
        editor.open(LIBRARY)
        editor.open(TESTS, "def test_adding():\n    mylib.add(\0)\n")
        found = await editor.lenses(LIBRARY)
        await editor.lenses(LIBRARY)
        editor.open(TESTS, "(" * 50_000)
        await editor.lenses(TESTS)
        await editor.hover(TESTS, 99, 99)
        await editor.references(TESTS, 0, 5)
        return found, editor.messages

    found, messages = edit(steps)
    assert found[0] == (0, "2 tests, 1 direct")
    assert sum(told in message for message in messages) == 1
    assert sum("x.observed" in message for message in messages) == 1


def test_nothing_of_a_registry_is_markdown(library, edit):
    this_tests(lsp, hover_lines)
    name, test = "mylib.add", "tests/test_it.py::[x](command:evil)\n\n```\n# <img src=x>"
    outside = "../../etc/passwd::test_x"
    declared = {test: {}, outside: {}}
    library.path.write_text(json.dumps({"format": 1, "callables": {name: {"declared": declared}}}))

    async def steps(editor):
        editor.open(LIBRARY)
        return await editor.hover(LIBRARY, 0, 5), await editor.references(LIBRARY, 0, 5)

    found, places = edit(steps)
    lines = found.splitlines()
    assert [line for line in lines if line.startswith("#") or "<img" in line] == [
        line for line in lines if line.startswith("- ````")
    ]
    assert places == []


def test_files_outside_of_the_project_have_no_lenses(library, edit, tmp_path):
    this_tests(lsp)

    async def steps(editor):
        names = ["tests/helper.py", "setup.py", "mylib/../../x.py"]
        for name in names:
            editor.open(name, "def test_it(): pass\n")
        return [await editor.lenses(name) for name in names], editor.messages

    assert edit(steps) == ([[], [], []], [])


def test_a_broken_pyproject_is_told(library, edit):
    this_tests(lsp)
    library.write({"pyproject.toml": "[tool.this-tests\n"})

    async def steps(editor):
        editor.open(LIBRARY)
        found = [await editor.lenses(LIBRARY) for _ in range(2)]
        return found, editor.messages

    found, messages = edit(steps)
    assert found == [[], []]
    assert len(messages) == 1
    assert "pyproject.toml" in messages[0]


def test_without_pygls_one_line_says_what_to_install(library, command):
    this_tests(lsp)
    library.write({"pygls.py": "raise ModuleNotFoundError('no', name='pygls')\n"})
    done = command("lsp", PYTHONPATH=str(library.root))
    assert done.returncode == 2
    assert done.stderr == "this-tests: the language server needs pygls: pip install 'this-tests[lsp]'\n"


def message(**content):
    data = json.dumps({"jsonrpc": "2.0", **content}).encode()
    return b"Content-Length: %d\r\n\r\n" % len(data) + data


SHUTDOWN = message(id=2, method="shutdown") + message(method="exit")


@pytest.mark.parametrize(
    ("end", "code"), [(SHUTDOWN, 0), (message(method="exit"), None), (b"", None)], ids=range(3)
)
def test_the_server_ends_with_its_client(observed, end, code):
    this_tests(lsp)
    root = observed.root.resolve().as_uri()
    document = {
        "uri": f"{root}/{TESTS}",
        "languageId": "python",
        "version": 1,
        "text": "def test_it(): pass\n",
    }
    sent = (
        message(id=1, method="initialize", params={"processId": None, "rootUri": root, "capabilities": {}})
        + message(method="initialized", params={})
        + message(method="textDocument/didOpen", params={"textDocument": document})
        + end
    )
    done = subprocess.run(
        [sys.executable, "-m", "this_tests", "lsp"],
        cwd=observed.root, input=sent, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr == b""
    assert code in (done.returncode, None)


@pytest.mark.parametrize(
    ("old", "new", "edit"),
    [
        ("a\nb\nc\n", "a\nx\nc\n", (1, 2, "x\n")),
        ("a\nc\n", "a\nb\nc\n", (1, 1, "b\n")),
        ("a\na\n", "a\na\na\n", (2, 2, "a\n")),
        ("a\nb\n", "a\n", (1, 2, "")),
    ],
)
def test_an_edit_has_only_the_lines_that_differ(old, new, edit):
    this_tests(edit_between)
    found = edit_between(old, new)
    assert (found.first, found.last, found.text) == edit
