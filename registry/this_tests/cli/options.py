"""Options shared by several subcommands."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from .parameters import Option

__all__ = ["Format", "FormatOption", "RegistryOption"]


class Format(StrEnum):
    """Output formats."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, Option("--format", help="Output format: text or JSON.")]
RegistryOption = Annotated[
    Path | None,
    Option("--registry", help="The registry file. Default: the setting registry.", show_default=False),
]
