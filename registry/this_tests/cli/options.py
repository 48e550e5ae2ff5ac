"""The options that several verbs have."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Format", "FormatOption", "RegistryOption"]


class Format(StrEnum):
    """How the answer is printed."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="Lines for people, or JSON for programs.")]
RegistryOption = Annotated[
    Path | None,
    typer.Option("--registry", help="The registry file, if not the project's.", show_default=False),
]
