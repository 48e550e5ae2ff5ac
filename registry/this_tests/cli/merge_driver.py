"""The subcommand ``this-tests merge-driver``."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import RegistryError
from ..files import atomic_write
from ..git import Repository
from ..registry.model import Registry
from ..registry.store import decode, encode
from ..registry.three_way import merge_three
from ..scaffold.edits import with_line
from ..scaffold.plan import attributes_line
from .console import note
from .exit_codes import CLEAN, FINDINGS
from .project import here

__all__ = ["configure", "merge_driver"]

_NAME = "this-tests"
_VERSIONS = 3


def merge_driver(
    versions: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="%O %A %B",
            help="The common ancestor, our version, which is overwritten, and theirs. git fills them in.",
            show_default=False,
        ),
    ] = None,
    *,
    install: Annotated[
        bool, typer.Option("--install", help="Make git use it for the registry of this repository.")
    ] = False,
) -> None:
    """Merge two versions of the registry, as git's merge driver.

    With --install, the registry's line in .gitattributes, which is to be committed, and this clone's git
    configuration name the driver; each clone needs it once. From then on, git merges the registry by tests
    and callables, and it has conflicts only where a version cannot be read.

    Exit code 1: there is a conflict.

    [dim]$ this-tests merge-driver --install[/]
    """
    if install:
        _install()
        raise typer.Exit(CLEAN)
    if versions is None or len(versions) != _VERSIONS:
        raise typer.BadParameter("give three files, or --install")
    base, ours, theirs = versions
    try:
        found = merge_three(_read(base), _read(ours), _read(theirs))
    except RegistryError as error:
        note(str(error))
        raise typer.Exit(FINDINGS) from None
    atomic_write(ours, encode(found))
    raise typer.Exit(CLEAN)


def _read(path: Path) -> Registry:
    data = path.read_bytes()
    return decode(data, path) if data else Registry()  # An empty file: there was none.


def _install() -> None:
    project = here()
    configure(project.root)
    path = project.registry.parent / ".gitattributes"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    new = with_line(text, attributes_line(project.registry.name))
    if new != text:
        atomic_write(path, new.encode())
    note(f"git merges {project.registry.name} by this-tests in this clone; commit {path.name}")


def configure(root: Path) -> None:
    """Make the repository around a folder know the driver, in this clone's configuration."""
    repository = Repository(root)
    repository.configure(f"merge.{_NAME}.name", "tests and callables, by this-tests")
    repository.configure(f"merge.{_NAME}.driver", "this-tests merge-driver %O %A %B")
