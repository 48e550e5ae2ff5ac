"""The subcommand ``this-tests lsp``."""

from ..errors import ThisTestsError
from ..gc_pause import collector_paused

__all__ = ["lsp"]


def lsp() -> None:
    """Run the language server on stdin and stdout, for editors.

    An editor starts it. It needs the extra lsp: pip install 'this-tests[lsp]'.
    """
    try:
        with collector_paused():
            from ..language_server.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol", "cattrs", "attrs"):
            raise
        raise ThisTestsError("the language server needs pygls: pip install 'this-tests[lsp]'") from None
    serve()
