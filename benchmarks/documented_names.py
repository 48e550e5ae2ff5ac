"""Documented names of a library, and the live objects that they lead to."""

import contextlib
import importlib
import inspect
import io
import pkgutil
import sys
import types
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Target:
    """A documented name, the object there, and how a test would write it.

    Attributes:
        owner: The class that the name's parent leads to, if it is a member of one.
        lender: Its path in another library, if the class has the member from there.
    """

    name: str
    value: object
    module: str
    expression: str
    owner: type | None = None
    instance: object = None
    lender: str = ""

    @property
    def attribute(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    @property
    def is_private(self) -> bool:
        """Whether a part of the name begins with an underscore, except for special names."""
        return any(
            part.startswith("_") and not (part.startswith("__") and part.endswith("__"))
            for part in self.name.split(".")
        )

    def is_twin(self, other: "Target | None") -> bool:
        """Return whether both are the same member of one class, which has two documented paths.

        No instance can tell which of the two is meant.
        """
        if other is None or self.owner is None:
            return False
        return self.owner is other.owner and self.attribute == other.attribute


def read_truth(path: Path) -> list[str]:
    """Return the names that a truth file lists."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def generate(library: str) -> list[str]:
    """Return the public functions, classes and methods of a library.

    They are those that ``__all__`` lists; in a library that lists nothing, those that its
    packages hold.
    """
    _import_public(library)
    found: dict[str, None] = {}
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] != library or "._" in name or type(module) is not types.ModuleType:
            continue
        for attribute in _listed(module, library):
            value = vars(module).get(attribute)
            if callable(value) and str(getattr(value, "__module__", "")).startswith(library):
                found[f"{name}.{attribute}"] = None
                found.update(dict.fromkeys(_members(f"{name}.{attribute}", value, library)))
    return list(found)


def _listed(module: types.ModuleType, library: str) -> list[str]:
    if "__all__" in vars(module) or "__all__" in vars(sys.modules[library]) or "__path__" not in vars(module):
        return list(vars(module).get("__all__", ()))
    return [attribute for attribute in vars(module) if attribute[0] != "_"]


def _import_public(library: str) -> None:
    package = sys.modules[library]
    for module in pkgutil.iter_modules(getattr(package, "__path__", ()), f"{library}."):
        if not module.name.rpartition(".")[2].startswith(("_", "test", "conftest")):
            with contextlib.suppress(Exception):
                importlib.import_module(module.name)


def _members(name: str, value: object, library: str) -> Iterator[str]:
    if isinstance(value, type):
        for member in dir(value):
            owner = next((base for base in value.__mro__ if member in vars(base)), None)
            if owner is None:
                # A metaclass may list more: the members of an enumeration that another one extends.
                continue
            ours = str(owner.__module__).partition(".")[0] == library
            raw = vars(owner)[member]
            if ours and not member.startswith("_") and (inspect.isroutine(raw) or isinstance(raw, property)):
                yield f"{name}.{member}"


# Targets: the live objects, and expressions that give them.


def find_target(name: str, library: str) -> Target | None:
    """Return the object that a documented name leads to, imported as a test would; None if there is none."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:length])
        try:
            loaded = importlib.import_module(module)
            value = _attribute(loaded, parts[length:])
        except (Exception, SystemExit):  # noqa: BLE001  # any library's import may fail in any way
            continue
        expression = _expression(name, module, value, library)
        owner = _attribute(loaded, parts[length:-1])
        if not isinstance(owner, type):
            return Target(name, value, module, expression)
        instance, lender = _instance(owner, parts[-1]), _lender(owner, parts[-1], library)
        return Target(name, value, module, expression, owner, instance, lender)
    return None


def _attribute(value: object, parts: Sequence[str]) -> object:
    for part in parts:
        value = getattr(value, part)
    return value


def _expression(name: str, module: str, value: object, library: str) -> str:
    # From the top, as most tests write it; from the module, where a function hides the module.
    with contextlib.suppress(Exception):
        found = _attribute(sys.modules[library], name.split(".")[1:])
        if found is value or type(found) is type(value):
            return name
    return name.replace(module, f"modules[{module!r}]", 1)


def _instance(cls: type, attribute: str) -> object:
    """Return an instance of *cls* that has the method bound to it, if it is a method and one can be made."""
    with contextlib.suppress(Exception):
        raw = inspect.getattr_static(cls, attribute)
        if isinstance(raw, property | staticmethod):
            return None
        instance = _made(cls)
        bound = getattr(instance, attribute)
        # `pandas.Period()` is no Period.
        if type(instance) is cls and isinstance(
            bound, types.MethodType | types.BuiltinMethodType | types.MethodWrapperType
        ):
            return instance
    return None


def _lender(cls: type, attribute: str, library: str) -> str:
    definer = next((base for base in cls.__mro__ if attribute in vars(base)), cls)
    if definer.__module__.partition(".")[0] == library:
        return ""
    return f"{definer.__module__}.{definer.__qualname__}.{attribute}".removeprefix("builtins.")


def _made(cls: type) -> object:
    ways: tuple[Callable[[Any], object], ...] = (
        object.__new__,
        lambda kind: kind.__new__(kind),
        lambda kind: kind(),
    )
    for make in ways:
        with contextlib.suppress(Exception):
            return make(cls)
    raise TypeError(cls)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Suppress a library's warnings and output meanwhile."""
    sink = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        warnings.simplefilter("ignore")
        yield


def write_inventory(folder: Path, names: Sequence[str]) -> Path:
    """Write an inventory with a list of names, and return its path."""
    lines = "".join(f"{name} py:function 1 api.html#$ -\n" for name in names)
    head = (
        b"# Sphinx inventory version 2\n# Project: truth\n# Version: \n# The rest is compressed with zlib.\n"
    )
    path = folder / "objects.inv"
    path.write_bytes(head + zlib.compress(lines.encode()))
    return path
