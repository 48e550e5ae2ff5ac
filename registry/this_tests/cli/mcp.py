"""The subcommand ``this-tests mcp``."""

from pathlib import Path
from typing import Annotated

from ..errors import ThisTestsError
from ..settings import find_project
from .parameters import Option

__all__ = ["mcp"]


def mcp(
    *,
    root: Annotated[
        Path | None,
        Option("--root", help="The project's folder. Default: the current one.", show_default=False),
    ] = None,
) -> None:
    """Answer coding agents, by the Model Context Protocol on standard input and output.

    It answers which tests exercise a function, which a change affects, and what no test exercises. It changes
    nothing, and runs tests only where the setting `mcp-run` allows it.

    [dim]$ claude mcp add this-tests -- this-tests mcp[/]
    """
    try:
        from ..mcp_server import serve
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        raise ThisTestsError(f"mcp needs {package}: pip install 'this-tests[mcp]'") from None
    folder = Path.cwd() if root is None else root
    if not folder.is_dir():
        raise ThisTestsError(f"--root: {folder} is no folder")
    serve(find_project(folder))
