"""Hooks into pytest's assertion rewriter, which loads test files itself."""

import ast
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from .ast_transform import with_witnesses
from .code_owner import CodeOwners

__all__ = ["Rewriter"]

_MODULE = "_pytest.assertion.rewrite"


class Rewriter:
    """A patch of pytest's assertion rewriter, which adds witnesses to calls in test files.

    pytest offers no hook there, so one of its functions is wrapped while a session is observed, and
    the names of its cached files are changed. Where pytest lacks what is patched, nothing is done:
    direct calls are then recognised by the caller of the function.

    Args:
        version: The version of the transformation, a part of the cached files' names.
    """

    def __init__(self, code_owners: CodeOwners, version: str) -> None:
        self._code_owners = code_owners
        self._version = version
        self._module: ModuleType | None = None
        self._before: dict[str, Any] = {}

    def install(self) -> None:
        """Patch pytest."""
        module = sys.modules.get(_MODULE)
        tail, rewrite = getattr(module, "PYC_TAIL", None), getattr(module, "rewrite_asserts", None)
        if module is None or not isinstance(tail, str) or not callable(rewrite):
            return
        self._module, self._before = module, {"PYC_TAIL": tail, "rewrite_asserts": rewrite}
        module.__dict__["PYC_TAIL"] = f".this-tests-{self._version}{tail}"
        module.__dict__["rewrite_asserts"] = self._wrapped(rewrite)

    def remove(self) -> None:
        """Restore pytest."""
        if self._module is not None:
            self._module.__dict__.update(self._before)

    def _wrapped(self, rewrite: Callable[..., None]) -> Callable[..., None]:
        def rewrite_asserts(mod: ast.Module, source: bytes, *args: Any, **kwargs: Any) -> None:
            rewrite(mod, source, *args, **kwargs)
            path = args[0] if args else kwargs.get("module_path")
            with suppress(Exception):  # Then the test file has no witnesses.
                # A module of the library that the command line names, for its doctests, is rewritten, too.
                if self._code_owners.owner(str(path), _module_at(Path(str(path)))) == "tests":
                    with_witnesses(mod, self._code_owners.is_test)

        return rewrite_asserts


def _module_at(path: Path) -> str:
    """Return the name of the module in the file *path*, by the packages around it."""
    parts = [] if path.stem == "__init__" else [path.stem]
    for folder in path.parents:
        if not (folder / "__init__.py").is_file():
            break
        parts.insert(0, folder.name)
    return ".".join(parts)
