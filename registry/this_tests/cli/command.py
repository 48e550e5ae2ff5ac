"""The command ``this-tests`` and its subcommands, each defined in its own module."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

from ..errors import ThisTestsError
from .console import fail, print_text
from .exit_codes import ABORTED, CLEAN, FAILED, FINDINGS
from .parameters import Option, read, with_typer

if TYPE_CHECKING:  # Imported only where a command line is not plain.
    import typer

__all__ = ["app", "main", "verbs"]

# The verbs, in the order of the help, each with the module of its function, and its name where it is another.
# Only that of the verb that is asked for is imported: all of them together take several times as long.
_VERBS = {
    "init": "init",
    "show": "show",
    "tests-of": "lookup:list_tests",
    "callables-of": "lookup:list_callables",
    "affected": "affected",
    "why": "why",
    "check": "check",
    "remove": "remove",
    "coverage": "coverage",
    "html": "html",
    "audit": "audit",
    "prove": "prove",
    "diff": "diff",
    "merge": "merge",
    "merge-driver": "merge_driver",
    "export": "export",
    "infer": "infer",
    "mcp": "mcp",
    "lsp": "lsp",
    "completion": "completion",
}


def app(verb: str = "") -> "typer.Typer":
    """Return the command with all verbs, or with *verb* alone, if there is such a verb."""
    import typer

    made = typer.Typer(
        name="this-tests",
        help="Which tests exercise this function, and which functions does no test exercise?",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback(invoke_without_command=True)(with_typer(_options))
    for name in [verb] if verb in _VERBS else _VERBS:
        made.command(name)(with_typer(_function(name)))
    return made


def verbs() -> Mapping[str, Mapping[str, Any]]:
    """Return the parameters of each verb by name, options with their hyphens, and their types."""
    from typer.main import get_command

    commands = get_command(app()).commands  # type: ignore[attr-defined]  # typer's class is not public
    return {
        verb: {
            option: _type_of(_function(verb), parameter.name)
            for parameter in command.params
            for option in parameter.opts
        }
        for verb, command in commands.items()
    }


def _type_of(function: Callable[..., object], parameter: str) -> Any:
    return getattr(function.__annotations__.get(parameter), "__origin__", None)


def _function(verb: str) -> Callable[..., object]:
    module, _, name = _VERBS[verb].partition(":")
    function: Callable[..., object] = getattr(import_module(f".{module}", __package__), name or module)
    return function


def _options(
    *, version: Annotated[bool, Option("--version", help="Print the version and exit.")] = False
) -> None:
    if version:
        from importlib.metadata import version as version_of

        print_text(f"this-tests {version_of('this-tests')}")
        sys.exit(CLEAN)


def main() -> None:
    """Run the command; print a `ThisTestsError` as one line and exit with code 2."""
    try:
        _run(_with_values(sys.argv[1:]))
    except ThisTestsError as error:
        fail(str(error))
        sys.exit(FAILED)


def _with_values(words: Sequence[str]) -> list[str]:
    """Return *words* with a value for each option whose value is optional: typer has no such options."""
    ours, rest = list(words), []
    if "--" in words:
        end = words.index("--")
        ours, rest = ours[:end], ours[end:]
    for position, word in enumerate(ours):
        if word == "--changed":
            ours[position] = "--changed=HEAD"
        elif word == "--order":
            follows = "".join(ours[position + 1 : position + 2])
            ours[position : position + 1 + follows.isdecimal()] = [
                f"--order={follows if follows.isdecimal() else 1}"
            ]
    return ours + rest


def _run(words: Sequence[str]) -> None:
    verb, rest = (words[0], words[1:]) if words else ("", ())
    function = _function(verb) if verb in _VERBS else None
    arguments = None if function is None else read(function, rest)
    if function is None or arguments is None:
        app(verb)(words)
    else:
        _call(function, arguments)


def _call(function: Callable[..., object], arguments: Mapping[str, object]) -> None:
    """Call a verb's function, and end as typer does where the user or the reader of the output ends it."""
    try:
        function(**arguments)
    except KeyboardInterrupt:
        sys.exit(ABORTED)
    except BrokenPipeError:
        # Else Python would write the rest at its end, and report that it cannot.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FINDINGS)
