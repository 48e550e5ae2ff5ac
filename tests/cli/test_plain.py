"""Plain command lines are answered without typer and rich, and as typer would have them answered."""

import io
import json
import subprocess
import sys

import pytest
from rich.console import Console

from this_tests import this_tests
from this_tests.cli import app, main
from this_tests.cli.parameters import read
from this_tests.cli.show import show
from this_tests.report.styles import adapted, styled

REGISTRY = {
    "format": 1,
    "callables": {
        "mylib.add": {"declared": {f"tests/test_it.py::test_{'long_' * 40}{n}": {} for n in range(3)}},
        "mylib.Thing.run": {"declared": {"tests/test_it.py::test_run[red]": {}}},
    },
    "tests": {"tests/test_it.py::test_run[red]": {"markers": ["slow"]}},
}
PLAIN = [
    ["mylib.add"],
    ["mylib"],
    ["run", "--all"],
    ["--all", "run"],
    ["mylib.add", "--format", "json"],
    ["--format", "text", "mylib.Thing", "--all"],
    ["mylib.add", "--registry", "other.json"],
    ["mylib.add", "--registry", "none.json"],
    ["mylib.ad d"],
    ["nothing"],
]
OTHERS = [
    [],
    [""],
    ["-"],
    ["--help"],
    ["-h"],
    ["mylib.add", "--help"],
    ["mylib.add", "mylib"],
    ["mylib.add", "--al"],
    ["mylib.add", "--all=yes"],
    ["mylib.add", "--all", "--all"],
    ["mylib.add", "--format"],
    ["mylib.add", "--format", "xml"],
    ["mylib.add", "--format", "JSON"],
    ["mylib.add", "--format=json"],
    ["mylib.add", "--format", "--all"],
    ["mylib.add", "--registry", ""],
    ["mylib.add", "--nonsense"],
    ["--", "mylib.add"],
    ["--all"],
]


@pytest.fixture
def answered(project, monkeypatch, capsys):
    """Return a function that returns what the command, or typer, prints, and its exit code."""
    text = json.dumps(REGISTRY)
    project.write({"test_registry.json": text, "other.json": text})
    monkeypatch.chdir(project.root)

    def run(command, *words):
        monkeypatch.setattr(sys, "argv", ["this-tests", *words])
        with pytest.raises(SystemExit) as ended:
            command()
        return ended.value.code, *capsys.readouterr()

    return run


@pytest.mark.parametrize(
    "environment", [{}, {"COLUMNS": "40"}, {"FORCE_COLOR": "1", "TERM": "xterm"}], ids=str
)
@pytest.mark.parametrize("words", PLAIN, ids=" ".join)
def test_a_plain_command_line_is_answered_as_by_typer(answered, monkeypatch, words, environment):
    this_tests(main, app, read)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    plainly = answered(main, "show", *words)
    monkeypatch.setattr("this_tests.cli.command.read", lambda *_: None)
    assert plainly == answered(main, "show", *words)
    assert read(show, words) is not None


@pytest.mark.parametrize("words", OTHERS, ids=" ".join)
def test_help_mistakes_and_rare_spellings_are_for_typer(words):
    this_tests(read)
    assert read(show, words) is None


def test_a_function_that_declares_its_parameters_to_typer_is_for_typer():
    this_tests(read)
    from this_tests.cli.check import check

    assert read(check, []) is None


@pytest.mark.slow
def test_a_plain_answer_imports_neither_typer_nor_rich(project):
    this_tests(main)
    project.write({"test_registry.json": json.dumps(REGISTRY)})
    code = (
        "import sys, atexit; sys.argv[1:] = ['show', 'mylib.add']; from this_tests.cli import main; "
        "atexit.register(lambda: print([name for name in ('typer', 'rich') if name in sys.modules])); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project.root, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("[]\n")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe is another error there")
def test_a_reader_that_has_enough_is_no_error(project):
    this_tests(main)
    project.write({"test_registry.json": json.dumps(REGISTRY)})
    process = subprocess.Popen(
        [sys.executable, "-m", "this_tests", "show", "mylib"],
        cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == ""
    assert process.wait() == 1


ENVIRONMENTS = [
    {},
    {"FORCE_COLOR": "1"},
    {"FORCE_COLOR": ""},
    {"FORCE_COLOR": "1", "NO_COLOR": "1"},
    {"FORCE_COLOR": "1", "NO_COLOR": ""},
    {"FORCE_COLOR": "1", "TERM": "dumb"},
    {"FORCE_COLOR": "1", "TERM": "unknown"},
    {"FORCE_COLOR": "1", "TERM": ""},
    {"FORCE_COLOR": "1", "COLORTERM": "truecolor"},
    {"FORCE_COLOR": "1", "TERM": "xterm-256color"},
    {"TERM": "dumb"},
    {"NO_COLOR": "1"},
]


@pytest.mark.skipif(sys.platform == "win32", reason="rich writes its styles there")
@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=str)
def test_lines_are_styled_as_rich_styles_them(monkeypatch, environment, terminal):
    this_tests(adapted, styled)
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TERM", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    Console(file=stream, soft_wrap=True, highlight=False).print(
        "[bold]a[/] [red]b[/] [bold red]c[/] [dim]d[/]"
    )
    line = f"{styled('a', 'bold')} {styled('b', 'red')} {styled('c', 'bold', 'red')} {styled('d', 'dim')}"
    assert f"{adapted(line, stream)}\n" == stream.getvalue()
