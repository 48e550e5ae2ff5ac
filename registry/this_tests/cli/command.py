"""The command ``this-tests`` and its subcommands, each defined in its own module."""

import sys
from importlib import import_module
from typing import Annotated, NoReturn

import typer

from ..errors import ThisTestsError
from .exit_codes import FAILED

__all__ = ["app", "main"]

# The verbs, in the order of the help, each with its module and its function, which is imported only for
# the verb that is asked for: all of them together take several times as long to import.
_VERBS = {
    "show": "show",
    "check": "check",
    "remove": "remove",
    "coverage": "coverage",
    "diff": "diff",
    "merge": "merge",
    "merge-driver": "merge_driver",
    "export": "export",
    "infer": "infer",
}


def app(verb: str = "") -> typer.Typer:
    """Return the command with all verbs, or with *verb* alone, if there is such a verb."""
    made = typer.Typer(
        name="this-tests",
        help="Which tests exercise this function, and which functions does no test exercise?",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback(invoke_without_command=True)(_options)
    for name in [verb] if verb in _VERBS else _VERBS:
        function = _VERBS[name]
        made.command(name)(getattr(import_module(f".{function}", __package__), function))
    return made


def _options(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False
) -> None:
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"this-tests {version_of('this-tests')}")
        raise typer.Exit


def main() -> None:
    """Run the command; print a `ThisTestsError` as one line and exit with code 2."""
    # Typer has no options with an optional value.
    arguments = ["--changed=HEAD" if argument == "--changed" else argument for argument in sys.argv[1:]]
    try:
        app(arguments[0] if arguments else "")(arguments)
    except ThisTestsError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    from rich.console import Console

    from ..report.escaping import shown

    Console(stderr=True, soft_wrap=True, highlight=False, emoji=False).print(
        f"[bold red]this-tests:[/] {shown(message)}"
    )
    sys.exit(FAILED)
