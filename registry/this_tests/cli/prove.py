"""The subcommand ``this-tests prove``."""

import os
import re
from typing import Annotated

import typer

from ..errors import ProveError
from ..git import Repository
from ..prove.plan import Plan
from ..report.prove import prove_data, prove_lines
from ..selection.changes import changed_functions
from .console import note, print_json, print_lines
from .exit_codes import ABORTED, CLEAN, FINDINGS
from .options import Format, FormatOption
from .project import here
from .prove_run import Proving

__all__ = ["prove"]

_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*([smh]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


def prove(  # noqa: PLR0913  # its options
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Callables, classes or modules. Default: all with a public name.",
            show_default=False,
        ),
    ] = None,
    *,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="REV",
            help="Only those that are new, or whose body changed, since this commit.",
            show_default=False,
        ),
    ] = None,
    all_tests: Annotated[
        bool, typer.Option("--all-tests", help="Run all tests of each, and not only until one notices.")
    ] = False,
    time: Annotated[
        str,
        typer.Option(metavar="TIME", help="Stop after this time: 90, 10m, 1h.", show_default="no limit"),
    ] = "",
    processes: Annotated[
        int | None,
        typer.Option("-n", min=1, help="The number of processes.", show_default="one for each core"),
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Find out which tests fail when a callable does nothing, and which callables nobody would miss.

    In a process of its own, each callable that tests were observed to execute is replaced by one that
    returns None, or an empty value of the kind that it returns. Its tests run, the likeliest to notice
    first, until one fails. What is proven is kept with the observations, until callable or test change.

    These processes cannot write into the project, start programs or send signals; tests that do so are
    left out. Exit code 1: of some callable, no test notices.

    [dim]$ this-tests prove einops.rearrange[/]
    [dim]$ this-tests prove --since main --time 10m[/]
    """
    project = here()
    proving = Proving(project)
    chosen = dict(proving.names(names or ()))
    if since is not None:
        is_changed = changed_functions(since, Repository(project.root), project.root)
        chosen = {function: name for function, name in chosen.items() if is_changed(function)}
    plan = Plan(proving.targets(chosen), all_tests, processes or _cores(), _seconds(time))
    if not plan.targets:
        note("nothing to prove: no body of such a callable changed" if since else "nothing to prove")
        raise typer.Exit(CLEAN)
    found = proving.run(chosen, plan, ())
    if output is Format.JSON:
        print_json(prove_data(found.verdicts, chosen, found.planned))
    else:
        print_lines(prove_lines(found.verdicts, chosen, found.planned, named=bool(names)))
    if found.interrupted:
        raise typer.Exit(ABORTED)
    unnoticed = any(verdict.unnoticed for verdict in found.verdicts if not verdict.problem)
    raise typer.Exit(FINDINGS if unnoticed else CLEAN)


def _seconds(text: str) -> float:
    if not text:
        return 0.0
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ProveError(f"--time: {text!r} is no time; write 90, 90s, 10m or 1h")
    return float(found[1]) * _SECONDS[found[2]]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
