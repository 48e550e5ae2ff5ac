"""A word with pytest's assertion rewriter, which loads test files itself."""

import ast
import sys
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

from .ast_transform import with_witnesses
from .code_owner import CodeOwners

__all__ = ["Rewriter"]

_MODULE = "_pytest.assertion.rewrite"


class Rewriter:
    """Lets the calls in test files tell what they call, after their asserts are rewritten.

    pytest offers no hook there, so a function of it is wrapped as long as we observe, and its
    cached files get another name meanwhile. Where pytest is not as we know it, nothing is done:
    then a direct call is known by who entered the function.

    Args:
        version: Of what we make of a test file; it is a part of the cached files' name.
    """

    def __init__(self, scope: CodeOwners, version: str) -> None:
        self._scope = scope
        self._version = version
        self._module: ModuleType | None = None
        self._before: dict[str, Any] = {}

    def install(self) -> None:
        """Begin."""
        module = sys.modules.get(_MODULE)
        tail, rewrite = getattr(module, "PYC_TAIL", None), getattr(module, "rewrite_asserts", None)
        if module is None or not isinstance(tail, str) or not callable(rewrite):
            return
        self._module, self._before = module, {"PYC_TAIL": tail, "rewrite_asserts": rewrite}
        module.__dict__["PYC_TAIL"] = f".this-tests-{self._version}{tail}"
        module.__dict__["rewrite_asserts"] = self._wrapped(rewrite)

    def remove(self) -> None:
        """End, and leave pytest as it was."""
        if self._module is not None:
            self._module.__dict__.update(self._before)

    def _wrapped(self, rewrite: Callable[..., None]) -> Callable[..., None]:
        def rewrite_asserts(mod: ast.Module, source: bytes, *args: Any, **kwargs: Any) -> None:
            rewrite(mod, source, *args, **kwargs)
            path = args[0] if args else kwargs.get("module_path")
            if self._scope.owner(str(path), "") == "tests":
                with suppress(Exception):  # A test file is the user's: then it goes without.
                    with_witnesses(mod, self._scope.is_test)

        return rewrite_asserts
