"""The subcommand ``this-tests export``."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ..files import atomic_write
from ..infer import with_inferred
from ..observations.evidence import load
from ..registry.model import Registry
from ..registry.store import encode
from ..text import counted
from .console import note
from .infer import infer_links
from .inputs import read_suite, test_files
from .options import RegistryOption
from .project import here, load_if_there, registry_path

__all__ = ["export"]


def export(
    *,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", help="The file to write.", show_default=False),
    ],
    inferred: Annotated[
        bool, typer.Option("--inferred", help="Add what the tests' source lets expect: see `infer`.")
    ] = False,
    registry: RegistryOption = None,
) -> None:
    """Write what the docs need to show tests where none can run: declarations, and observed examples.

    The file has no numbers of tests, and changes only where the examples do, so that a project may commit
    it and renew it with each release. It is read like a registry: `this_tests_registry = "FILE"` in conf.py.

    [dim]$ this-tests export -o docs/tests.json[/]
    """
    project = here()
    path = registry_path(project, registry)
    read = load_if_there if inferred else partial(load, notice=note)
    found: Registry = read(path)
    if inferred:
        suite = read_suite(project, test_files(project, ())).tests
        found = with_inferred(found, infer_links(project, suite, None), {file.path for file in suite})
    output.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(output, encode(found), sync=True)
    note(f"{output}: {counted(len(found.callables), 'callable')}")
