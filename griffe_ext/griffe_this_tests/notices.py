"""What the plugin says while MkDocs builds: lines of information, since a warning ends a strict build."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from mkdocs.plugins import get_plugin_logger

__all__ = ["UNKNOWN_NAME", "guarded", "log", "tell"]

UNKNOWN_NAME = "<!-- this-tests: %s -->: unknown name, neither public in the library nor in the registry"
log = get_plugin_logger("this-tests")


def tell(message: str) -> None:
    """Say what is missing or wrong."""
    # Zensical listens to no logger, and Python then shows warnings only.
    log.log(logging.INFO if log.logger.hasHandlers() else logging.WARNING, "%s", message)


_Self = TypeVar("_Self")
_Rest = ParamSpec("_Rest")
_Result = TypeVar("_Result")


def guarded(
    hook: Callable[Concatenate[_Self, _Rest], _Result],
) -> Callable[Concatenate[_Self, _Rest], _Result | None]:
    """Return a hook that changes nothing when it fails, and says so: the docs are built whatever happens."""

    @wraps(hook)
    def safe(self: _Self, /, *args: _Rest.args, **kwargs: _Rest.kwargs) -> _Result | None:
        try:
            return hook(self, *args, **kwargs)
        except Exception as error:  # for that
            log.info("sections are missing, because %s failed: %r", hook.__name__, error)
            log.debug("the traceback", exc_info=True)
            return None

    return safe
