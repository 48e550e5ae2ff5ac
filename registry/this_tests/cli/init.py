"""The subcommand ``this-tests init``."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from ..report.styles import styled
from ..scaffold.detection import detect, find_root
from ..scaffold.edits import ByHand, Edit
from ..scaffold.plan import Plan, make_plan
from ..text import counted
from .console import note, print_lines
from .exit_codes import CLEAN, FINDINGS
from .file_changes import agreed, difference, write
from .merge_driver import configure

__all__ = ["init"]


def init(
    *,
    agents: Annotated[
        bool,
        typer.Option(
            "--agents", help="Also tell coding agents which commands to use, in AGENTS.md or the like."
        ),
    ] = False,
    github: Annotated[
        bool, typer.Option("--github", help="Add a GitHub workflow, also where CI runs tests already.")
    ] = False,
    merge_driver: Annotated[
        bool, typer.Option("--merge-driver", help="Also make git use the merge driver in this clone.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
) -> None:
    """Set up this-tests in a project: settings, docs, git and CI.

    Each change is shown, and written after asking. Nothing is run or imported, and what is there stays as
    it is. Exit code 0: the project is set up; 1: something is left to do; 2: an error.

    [dim]$ this-tests init[/]

    [dim]$ this-tests init --yes --agents[/]
    """
    root = find_root(Path.cwd())
    found = detect(root)
    plan = make_plan(found, agents=agents, github=github)
    left = _written(plan.edits, root, yes=yes)
    print_lines(_by_hand(plan.by_hand, root))
    if merge_driver and not left:
        configure(root)
        note(f"git merges {found.project.registry.name} by this-tests in this clone")
    raise typer.Exit(_ended(plan, left))


def _ended(plan: Plan, left: int) -> int:
    """Say what is left to do, and what to type next; return the exit code."""
    if not (plan.edits or plan.by_hand):
        note("nothing to do: the project is set up")
        return CLEAN
    if left < len(plan.edits) or not plan.edits:
        print_lines(_next(plan))
    if left:
        hint = "" if sys.stdin.isatty() else "; add --yes to write"
        note(f"{counted(left, 'change')} not written{hint}")
    return FINDINGS if left or plan.by_hand else CLEAN


def _written(edits: Iterable[Edit], root: Path, *, yes: bool) -> int:
    """Show each edit, and write it after asking; return how many were not written."""
    left = 0
    for edit in edits:
        name = _name(edit.path, root)
        print_lines([styled(f"{name}: {edit.purpose}", "bold"), *difference(name, edit.old, edit.new), ""])
        if yes or (sys.stdin.isatty() and agreed(f"Write {name}?")):
            write(edit.path, edit.new)
        else:
            left += 1
    return left


def _by_hand(files: Iterable[ByHand], root: Path) -> Iterator[str]:
    for file in files:
        yield styled(f"{_name(file.path, root)}: not edited, {file.reason}. Add by hand:", "yellow")
        yield from (styled(f"  {line}") for line in file.lines)
        yield ""


def _name(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _next(plan: Plan) -> Iterator[str]:
    for advice in plan.advice:
        yield styled(advice.text)
        yield from (styled(f"  {line}") for line in advice.lines)
        yield ""
    yield styled("Next:", "bold")
    width = max(len(command) for command, _ in plan.commands)
    for command, purpose in plan.commands:
        yield f"  {styled(f'$ {command:{width}}')}  {styled(f'# {purpose}', 'dim')}"
