"""The subcommand ``this-tests audit``."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..errors import AuditError
from ..files import atomic_write
from ..observations.audits import Audits
from ..observations.file import load_audits
from ..report.audit import audit_badge, audit_data, audit_lines, audit_table
from .audit_order import RunPlan, isolated, order_lines, orders, run_audit
from .console import note, print_json, print_lines, print_table
from .exit_codes import CLEAN, FINDINGS
from .project import here

__all__ = ["audit"]


def audit(  # noqa: PLR0913  # its options
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
    as_json: Annotated[bool, typer.Option("--json", help="Print all audits as JSON.")] = False,
    badge: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a badge of the sum as an SVG image.", show_default=False),
    ] = None,
    fail_on_miss: Annotated[
        bool, typer.Option("--fail-on-miss", help="Exit with code 1 if any run had a missed test.")
    ] = False,
) -> None:
    """Check --this-tests-changed: what it would have missed, and what depends on the order of tests.

    Each run of all tests that observes, after a change, notes which tests the selection would have run,
    and whether another test had another outcome than before. Such a test was missed. Without --order and
    --isolate, these runs are listed.

    --order and --isolate run the tests, observed, in other orders, and each alone. What the runs show
    together replaces what was known of functions that keep values between tests, and
    pytest --this-tests-changed uses it. Exit code 1: tests depend on the order of tests.

    [dim]$ this-tests audit --fail-on-miss --badge docs/_static/selection.svg[/]
    [dim]$ this-tests audit --order 3 --seed 1 -- tests/unit -x[/]
    [dim]$ this-tests audit --isolate[/]
    """
    if order is not None or isolate:
        first = random.randrange(2**32) if seed is None else seed  # noqa: S311  # no secret
        plans = [] if order is None else orders(order, first)
        raise typer.Exit(_run(isolated(plans) if isolate else plans, arguments or ()))
    if arguments:
        raise AuditError("only --order and --isolate take arguments for pytest")
    audits = load_audits(here().observations, note)
    if badge is not None:
        atomic_write(badge, audit_badge(audits).encode())
    if as_json:
        print_json(audit_data(audits))
    else:
        _print(audits)
    missed = any(found.missed for found in audits.values())
    raise typer.Exit(FINDINGS if fail_on_miss and missed else CLEAN)


def _run(plans: Sequence[RunPlan], arguments: Sequence[str]) -> int:
    found = run_audit(here(), plans, arguments)
    print_lines(order_lines(found))
    if not found.complete:
        note("what was known before is kept, because some tests that are known were not run")
    return FINDINGS if found.unsteady.tests else CLEAN


def _print(audits: Audits) -> None:
    if not audits:
        note(
            "no full run was audited yet: run all tests with --this-tests-observe, in a git repository, "
            "change some code, and run them so again"
        )
        return
    print_table(audit_table(audits))
    print_lines(audit_lines(audits))
