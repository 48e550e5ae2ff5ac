"""The subcommand ``this-tests audit``."""

import random
from typing import Annotated

import typer

from ..errors import AuditError
from .audit_order import audit_lines, isolated, orders, run_audit
from .console import note, print_lines
from .exit_codes import CLEAN, FINDINGS
from .project import here

__all__ = ["audit"]


def audit(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- PYTEST_ARGS]", help="Further arguments for pytest.", show_default=False),
    ] = None,
    *,
    order: Annotated[
        int | None,
        typer.Option(
            "--order",
            min=0,
            metavar="[N]",
            help="Run the tests as collected, reversed, and N times shuffled. Default: once.",
            show_default=False,
        ),
    ] = None,
    isolate: Annotated[
        bool,
        typer.Option(
            "--isolate",
            help="Run each test in a process of its own, with its fixtures of modules and sessions. "
            "Not on Windows.",
        ),
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="The seed of the first shuffle.", show_default="at random"),
    ] = None,
) -> None:
    """Find out which tests depend on the order of tests, and which functions keep values between tests.

    Each run is observed. What the runs show together replaces what was known, and
    pytest --this-tests-changed uses it. Exit code 1: tests depend on the order of tests.

    [dim]$ this-tests audit --order[/]
    [dim]$ this-tests audit --isolate[/]
    [dim]$ this-tests audit --order 3 --seed 1 -- tests/unit -x[/]
    """
    if order is None and not isolate:
        raise AuditError("--order or --isolate is missing")
    first = random.randrange(2**32) if seed is None else seed  # noqa: S311  # no secret
    plans = [] if order is None else orders(order, first)
    found = run_audit(here(), isolated(plans) if isolate else plans, arguments or ())
    print_lines(audit_lines(found))
    if not found.complete:
        note("what was known before is kept, because some tests that are known were not run")
    raise typer.Exit(FINDINGS if found.unsteady.tests else CLEAN)
