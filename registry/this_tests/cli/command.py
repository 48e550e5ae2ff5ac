"""The command ``this-tests`` and its subcommands, each defined in its own module."""

import sys
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from ..errors import ThisTestsError
from ..report.escaping import shown
from .check import check
from .coverage import coverage
from .diff import diff
from .exit_codes import FAILED
from .infer import infer
from .merge import merge
from .remove import remove
from .show import show

__all__ = ["app", "main"]

app = typer.Typer(
    name="this-tests",
    help="Which tests exercise this function, and which functions does no test exercise?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

# The help lists them in this order.
for subcommand in (show, check, remove, coverage, diff, merge, infer):
    app.command()(subcommand)


@app.callback(invoke_without_command=True)
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
        app(arguments)
    except ThisTestsError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    Console(stderr=True, soft_wrap=True, highlight=False, emoji=False).print(
        f"[bold red]this-tests:[/] {shown(message)}"
    )
    sys.exit(FAILED)
