"""The command ``this-tests``: each verb reads, asks the pure rooms, and prints."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import track

from . import report
from .checks import Finding, Suite, check
from .discovery import Conventions, read_conventions
from .errors import RegistryNotFoundError, ThisTestsError
from .model import Registry
from .names.static import exists
from .query import answer
from .settings import Project, find_project
from .source import SourceFile, read_source
from .store import load

__all__ = ["app", "main"]

CLEAN, FINDINGS, FAILED = 0, 1, 2

# Fewer files are read before a bar of progress could be seen.
_MANY = 200

app = typer.Typer(
    name="this-tests",
    help="Which tests exercise this function, and which functions does no test exercise?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    """How the answer is printed."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="Lines for people, or JSON for programs.")]
RegistryOption = Annotated[
    Path | None,
    typer.Option("--registry", help="The registry file, if not the project's.", show_default=False),
]


def main() -> None:
    """Run the command; an error of ours is one line and exit code 2."""
    try:
        app()
    except ThisTestsError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"[bold red]this-tests:[/] {escape(message)}")
    sys.exit(FAILED)


@app.callback(invoke_without_command=True)
def _options(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False
) -> None:
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"this-tests {version_of('this-tests')}")
        raise typer.Exit


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A callable, class or module; a part of its name will do.")],
    *,
    output: FormatOption = Format.TEXT,
    registry: RegistryOption = None,
) -> None:
    """Show the tests that exercise NAME.

    Exit code 1 says that the registry knows no such name.

    [dim]$ this-tests show einops.rearrange[/]
    """
    project = find_project(Path.cwd())
    path = _registry_path(project, registry)
    found = answer(load(path), name)
    if output is Format.JSON:
        _print_json(report.answer_data(found))
    else:
        _print(report.answer_lines(name, found, path.name, exists=exists(name)))
    raise typer.Exit(CLEAN if found.evidence else FINDINGS)


@app.command(name="check")
def check_command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Test files or folders. Default: pytest's testpaths.", exists=True, show_default=False
        ),
    ] = None,
    *,
    output: FormatOption = Format.TEXT,
    registry: RegistryOption = None,
) -> None:
    """Find tests that declare nothing, names that do not exist, and stale entries.

    Reads the test files without importing them. Exit code 0: clean; 1: findings; 2: could not run.

    [dim]$ this-tests check tests/[/]
    """
    project = find_project(Path.cwd())
    conventions = read_conventions(project.root)
    chosen = [path.absolute() for path in paths or ()]
    files = _read_all(list(conventions.test_files(project.root, chosen)), project, conventions)
    path = _registry_path(project, registry)
    support = _read_all(_support_files(project, conventions), project, conventions)
    findings = check(
        Suite(files, support),
        _load_if_there(path),
        path.name,
        name_exists=exists,
        file_exists=lambda file: (project.root / file).exists(),
    )
    _print_findings(findings, files, output)
    raise typer.Exit(FINDINGS if findings else CLEAN)


def _print_findings(findings: Sequence[Finding], files: Sequence[SourceFile], output: Format) -> None:
    if output is Format.JSON:
        _print_json([msgspec.to_builtins(each) for each in findings])
    else:
        _print(report.finding_lines(findings, files))


def _registry_path(project: Project, registry: Path | None) -> Path:
    return project.registry if registry is None else registry


def _load_if_there(path: Path) -> Registry:
    try:
        return load(path)
    except RegistryNotFoundError:
        return Registry()


def _support_files(project: Project, conventions: Conventions) -> list[Path]:
    everything = Conventions(testpaths=conventions.testpaths, python_files=("*.py",))
    tests = set(conventions.test_files(project.root))
    return [file for file in everything.test_files(project.root) if file not in tests]


def _read_all(paths: Sequence[Path], project: Project, conventions: Conventions) -> list[SourceFile]:
    console = Console(stderr=True)
    steps = track(
        paths,
        "Reading tests",
        console=console,
        transient=True,
        disable=len(paths) < _MANY or not console.is_terminal,
    )
    return [read_source(path, project.root, conventions) for path in steps]


def _print(lines: Sequence[str]) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for line in lines:
        console.print(line)


def _print_json(data: object) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())
