"""Finds what depends on changed names: functions and tests that may use them, under whatever name. Pure.

What runs at import is followed from name to name: a changed statement concerns the names that it binds; what
speaks of such a name is concerned, too; and a statement among that binds its names anew. Which tests
a function matters to is then known from the run, which saw who executed it.
"""

import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from types import ModuleType

from ..source.import_time import Statement
from ..source.parsing import is_dunder, last_parts
from .callees import CONSTRUCTORS, Callees
from .callers import CallersAtImport
from .changes import FileChange
from .listings import listings, walkers
from .places import Places
from .project_files import ProjectFiles
from .readers import annotation_readers, docstring_readers
from .source_files import Place, SourceFile

__all__ = ["Reach", "Reached"]

# The names on the way from what changed, the first one.
_Chain = tuple[str, ...]

_SHOWN = 3
_LOADERS = frozenset({"import_module", "__import__", "spec_from_file_location", "run_path", "run_module"})
# What each module has, so that no `__getattr__` is asked for it.
_OF_MODULES = frozenset({*dir(ModuleType("")), "__builtins__", "__cached__", "__file__", "__path__"})
# Decorators that keep annotations for themselves, whatever they are called on.
_NOT_READING = frozenset(
    {
        "property",
        "staticmethod",
        "classmethod",
        "abstractmethod",
        "cached_property",
        "setter",
        "getter",
        "deleter",
    }
    | {"wraps", "lru_cache", "cache", "contextmanager", "asynccontextmanager", "total_ordering", "overload"}
    | {"final", "override", "deprecated", "runtime_checkable", "no_type_check", "fixture"}
)
_TRANSPARENT = frozenset(
    {"property", "staticmethod", "classmethod", "setter", "getter", "deleter", "abstractmethod"}
)
# What another library may keep, or act on later.
_REGISTERING = re.compile(r"^(?:register|install|patch|overload|implement|hook|add_|on_|subscribe)|_hook$")
# What changes others, whatever it is called on.
_PATCHING = re.compile(r"\.(?:_*install|_*patch|monkey\w*|exec\w*)$")
_SETUP = re.compile(
    r"^(?:setup|teardown|pytest|setUp|tearDown)(?:_|$|Class$|Module$)|^(?:setUp|tearDown)\w*$"
)


@dataclass(frozen=True)
class Reached:
    """What depends on changed names, each with the reason.

    Attributes:
        everything: Why all tests do; empty where they do not.
        units: Outermost functions of the library, as ``module:qualname``.
        tests: Tests, as (file, qualified name).
        files: Test files.
        folders: Folders with all tests below.
        names: The last parts of all names on the way.
    """

    everything: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    tests: Mapping[tuple[str, str], str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset()


class Reach:
    """The finder of what depends on changed names.

    Args:
        project: The project's files.
        places: The places in them, and in files that were deleted, which have none.

    Attributes:
        places: As given.
    """

    def __init__(self, project: ProjectFiles, places: Places) -> None:
        self._project = project
        self._places = self.places = places
        self._callees = Callees(project, places)
        self._waiting: deque[Callable[[], None]] = deque()
        self._seen: set[object] = set()
        self._everything = ""
        self._units: dict[str, str] = {}
        self._tests: dict[tuple[str, str], str] = {}
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        self._names: set[str] = set()
        # By file, the names that it binds to something of its own, or did so before the change.
        self._bound_before: dict[str, set[str]] = {}

    def result(self) -> Reached:
        """Return what was found for all changes."""
        while self._waiting and not self._everything:
            self._waiting.popleft()()
        return Reached(
            self._everything, self._units, self._tests, self._files, self._folders, frozenset(self._names)
        )

    # What changed.

    def add_statements(self, change: FileChange) -> None:
        """Add the changed statements of a file."""
        file = self._places.files[change.path]
        self._bound_before[change.path] = {
            statement.names[0]
            for statement in change.statements
            if statement.kind in ("bind", "def", "class") and not statement.scope
        }
        for statement in change.statements:
            self._statement(file, statement, (self._said(file, statement),), changed=True)
        self._add_bases(file, change.statements)
        if change.whole:
            self._add_module(file)
        if change.names:
            self._add_names(file, change.names)
        self._add_moved(file, change.moved)

    def add_compiled(self, module: str, names: Iterable[str] | None) -> None:
        """Add a compiled module, of which no syntax tells what changed.

        Args:
            names: The names that it holds; None if they are not known.
        """
        chain = (module,)
        for unit in filter(partial(_is_at, module=module), self._project.units):
            self._units.setdefault(unit, module)
        for place in self._places.every():
            if any(_is_at(".".join(filter(None, source)), module) for source in place.imported):
                star = place.statement is not None and place.statement.kind == "star"
                if star and names is not None:
                    for name in names:
                        self._reach(place.file, name, chain)
                else:
                    self._hit(place, chain)
        stem = module.rpartition(".")[2]
        for place in (*self._places.by_attribute.get(stem, ()), *self._places.by_string.get(stem, ())):
            self._hit(place, chain)

    def add_docstrings(self, path: str) -> None:
        """Add who reads a docstring, of whatever, where those of a file changed."""
        module = self._places.files[path].names[0]
        chain = (f"the docstrings of {module}",)
        for place, only_executing in docstring_readers(self._project, self._places, path):
            if only_executing:
                self._units.setdefault(f"{self._module(place.file)}:{place.unit}", _told(chain))
            else:
                self._hit(place, chain)

    def add_loaded(self, path: str) -> bool:
        """Add who imports modules by names that are not known, one of which may be the file at *path*.

        Returns:
            Whether there is anybody.
        """
        found = [place for place in self._places.every() if not _LOADERS.isdisjoint(place.called)]
        for place in found:
            self._hit(place, (path,))
        return bool(found)

    def add_executed_at_import(self, path: str, function: str) -> None:
        """Add a function that ran at import, and whose body changed."""
        file = self._places.files[path]
        chain = (f"{file.names[0]}.{function}",)
        if function == "__getattr__":
            self._unit(file, function, chain)
        else:
            self._callers_at_import(file, function, chain)

    def _add_bases(self, file: SourceFile, statements: Iterable[Statement]) -> None:
        """Add who asks for a base that a class has lost or got: ``except Base``, ``isinstance``."""
        headers: dict[str, set[str]] = {}
        for statement in statements:
            if statement.kind == "class":
                headers[statement.names[0]] = headers.get(statement.names[0], set()) ^ {*statement.names[1:]}
        for name, bases in headers.items():
            chain = (f"{file.names[0]}.{name}",)
            for base in filter(None, (path.rpartition(".")[2] for path in bases)):
                for place in self._speaking(base):
                    if place.unit:
                        self._hit(place, chain)

    def _speaking(self, name: str) -> Iterator[Place]:
        for path in self._places.files:
            yield from self._places.by_name.get((path, name), ())
        yield from self._places.by_attribute.get(name, ())

    def _add_module(self, file: SourceFile) -> None:
        """Add who imports a module that is new or gone."""
        parent, _, stem = file.names[0].rpartition(".")
        chain = (file.names[0],)
        for place in self._places.by_import.get((file.path, ""), ()):
            self._hit(place, chain)
        for path in self._places.modules.get(parent, ()):
            self._reach(path, stem, chain)

    def _add_names(self, file: SourceFile, names: frozenset[str]) -> None:
        """Add who sees which names there are."""
        chain = (f"the names in {file.names[0]}",)
        for place in (*walkers(self._places), *listings(self._places, file, names)):
            self._hit(place, chain)

    def _add_moved(self, file: SourceFile, moved: Iterable[Statement]) -> None:
        """Add who sees the order of imports and definitions."""
        for statement in moved:
            if statement.kind == "import":
                self._order_of_import(file, statement, (f"the order of imports in {file.names[0]}",))
        names = frozenset(statement.names[0] for statement in moved if statement.kind != "import")
        if names:
            for place in listings(self._places, file, names):
                self._hit(place, (f"the order of names in {file.names[0]}",))

    def _order_of_import(self, file: SourceFile, statement: Statement, chain: _Chain) -> None:
        """Follow what a module writes into others when it is imported."""
        for other in self._imported_by(file, statement):
            for place in other.places:
                if place.statement is not None and other is not file:
                    self._written_elsewhere(other, place.statement, chain)

    def _imported_by(self, file: SourceFile, statement: Statement) -> Iterator[SourceFile]:
        """Yield the modules that an import runs; if it is gone, those that its name stands for now."""
        found = [
            place.imported
            for place in file.places
            if place.statement and place.statement.digest == statement.digest
        ]
        sources = found[0] if found else {file.imports.get(statement.names[0], ("", ""))}
        modules = {name for module, attribute in sources for name in (module, f"{module}.{attribute}")}
        for path in sorted({path for name in modules for path in self._places.modules.get(name, ())}):
            yield self._places.files[path]

    def _written_elsewhere(self, file: SourceFile, statement: Statement, chain: _Chain) -> None:
        calls = statement.calls
        match statement.kind:
            case "write" | "effect":
                root = statement.names[0] if statement.names else ""
                if root in file.imports and self._places.is_own(file, root):
                    path = calls[0] if statement.kind == "effect" else ".".join(statement.names)
                    self._object(file, path, chain)
            case "class" if statement.names[0] in file.classes:
                for place in self._places.classes.functions_at_creation(file.classes[statement.names[0]]):
                    self._reach_written(place, chain)
            case "decorators":
                calls = (*calls, *statement.names[1:])
            case "annotations" | "def" | "main":
                return
        for place in self._callees.of(file, calls):
            self._reach_written(place, chain)

    def _said(self, file: SourceFile, statement: Statement) -> str:
        names = ", ".join(dict.fromkeys(filter(None, statement.names[:1])))
        return ".".join(filter(None, (file.names[0], "" if "." in names else statement.scope, names)))

    # Names.

    def _later(self, key: object, step: Callable[[], None]) -> None:
        if key not in self._seen:
            self._seen.add(key)
            self._waiting.append(step)

    def _reach(self, path: str, name: str, chain: _Chain) -> None:
        self._later((path, name), partial(self._follow, path, name, chain))

    def _follow(self, path: str, name: str, chain: _Chain) -> None:
        places = self._places
        self._names.add(name)
        found = [
            *places.by_name.get((path, name), ()),
            *places.by_attribute.get(name, ()),
            *places.by_string.get(name, ()),
            *places.putting_together(name),
            *places.by_import.get((path, name), ()),
        ]
        if self._is_conftest(path):
            below = (other for other in places.files if not self._module(other))
            found += [place for other in below for place in places.by_name.get((other, name), ())]
        for place in found:
            self._hit(place, chain)
        source = places.files[path]
        if not name.startswith("_") or name in source.exports:
            for other in places.stars.get(path, ()):
                self._reach(other, name, chain)

    def _bound(self, file: SourceFile, scope: str, name: str, chain: _Chain) -> None:
        """Follow a name that a statement binds."""
        longer = _longer(chain, ".".join(filter(None, (file.names[0], scope, name))))
        if scope:
            self._attribute(file, scope, name, longer)
        elif name in ("pytestmark", "pytest_plugins"):
            self._whole_file(file, chain)
        elif name == "__getattr__":
            words = {word for place in file.places for word in place.strings}
            self._served(file, longer, words - file.bound - _OF_MODULES)
        else:
            self._reach(file.path, name, longer)
        if name == "__all__":
            for path in self._places.stars.get(file.path, ()):
                for listed in file.bound:
                    self._reach(path, listed, longer)

    def _attribute(self, file: SourceFile, owner: str, name: str, chain: _Chain) -> None:
        if is_dunder(name) or not self._places.classes.is_plain(file, owner):
            self._class(file, owner, chain)
        else:
            self._later((file.path, owner, name), partial(self._follow_attribute, file, owner, name, chain))

    def _follow_attribute(self, file: SourceFile, owner: str, name: str, chain: _Chain) -> None:
        places = self._places
        self._names.add(name)
        for place in (
            *places.by_attribute.get(name, ()),
            *self._places.using_own(file, owner, name),
            *places.by_string.get(name, ()),
            *places.putting_together(name),
            *(place for place in places.by_name.get((file.path, name), ()) if place.owner == owner),
            *(
                place
                for place in self._places.classes.family_units(file, owner)
                if place.name == name or place.computed
            ),
        ):
            self._hit(place, chain)

    # Classes.

    def _class(self, file: SourceFile, name: str, chain: _Chain) -> None:
        self._later((file.path, "class", name), partial(self._follow_class, file, name, chain))

    def _follow_class(self, file: SourceFile, name: str, chain: _Chain) -> None:
        owner, _, last = name.rpartition(".")
        self._bound(file, owner, last, chain)
        for unit, place in file.by_unit.items():
            if unit.startswith(f"{name}."):
                self._hit(place, chain)
        header = file.classes.get(name)
        if header is not None:
            for below in self._places.classes.below(header):
                self._class(self._places.files[below.file], below.name, chain)
            for place in self._places.classes.functions_at_creation(header):
                self._reach_written(place, chain)

    # Places.

    def _hit(self, place: Place, chain: _Chain) -> None:
        self._later(place, partial(self._follow_place, place, chain))

    def _follow_place(self, place: Place, chain: _Chain) -> None:
        file = self._places.files[place.file]
        if place.statement:
            self._statement(file, place.statement, chain, changed=False)
        else:
            self._unit(file, place.unit, chain)

    def _unit(self, file: SourceFile, name: str, chain: _Chain) -> None:
        """Follow a function that may do something else."""
        module = self._module(file.path)
        if not module or (file.path, name) in self._project.test_functions:
            self._test_unit(file, name, chain)
            return
        key = f"{module}:{name}"
        self._units.setdefault(key, _told(chain))
        if name == "__getattr__":
            self._served(file, chain, (word for place in file.headers(name) for word in _served_by(place)))
            return
        if self._project.may_run_at_import(key):
            self._later((file.path, "at import", name), partial(self._callers_at_import, file, name, chain))
        was_seen = key in self._project.units or key in self._project.units_at_import
        if not was_seen and not _TRANSPARENT.issuperset(last_parts(file.decorators(name))):
            # What its decorator made of it may run unseen.
            owner, _, last = name.rpartition(".")
            self._bound(file, owner, last, chain)

    def _served(self, file: SourceFile, chain: _Chain, words: Iterable[str]) -> None:
        """Follow the names that a module's ``__getattr__`` may answer to.

        Args:
            words: Those that it speaks of.
        """
        served = set(words)
        if not served:
            self._all(f"{file.path} changed in __getattr__, which may answer to any name")
        for name in sorted(served | self._not_bound(file)):
            self._reach(file.path, name, chain)

    def _not_bound(self, file: SourceFile) -> set[str]:
        """Return the names that are read off a module, and that it does not bind."""
        read = {name for path, name in self._places.by_import if path == file.path}
        # A module of the package is what it is, whoever imports it.
        modules = {name for name in read if f"{file.names[0]}.{name}" in self._places.modules}
        return read - modules - file.bound - _OF_MODULES - {""}

    def _test_unit(self, file: SourceFile, name: str, chain: _Chain) -> None:
        owner, _, last = name.rpartition(".")
        if (file.path, name) in self._project.test_functions:
            self._tests.setdefault((file.path, name), _told(chain))
        elif _SETUP.match(last) or any(self._is_for_all(last, place) for place in file.headers(name)):
            self._whole_file(file, chain)
        for place in file.headers(name):
            if "fixture" in last_parts(file.decorators(name)):
                for string in place.strings:
                    self._reach(file.path, string, chain)
        if owner:
            self._reach(file.path, owner.partition(".")[0], chain)
            attributes = self._places.by_attribute, self._places.by_own, self._places.by_string
            for place in (place for index in attributes for place in index.get(last, ())):
                self._hit(place, chain)
        else:
            self._reach(file.path, last, chain)

    def _is_for_all(self, name: str, header: Place) -> bool:
        """Return whether a function is a fixture of tests that need not name it."""
        return header.autouse or not self._project.fixtures_of_all.isdisjoint({name, *header.strings})

    def _whole_file(self, file: SourceFile, chain: _Chain) -> None:
        """Follow what concerns a file as a whole."""
        if self._module(file.path):
            self._all(f"{file.path} may use {_told(chain)} for all that imports it")
        elif self._is_conftest(file.path):
            folder = str(PurePosixPath(file.path).parent)
            self._folders.setdefault("" if folder == "." else folder, f"{file.path} may use {_told(chain)}")
        elif file.path in self._project.test_files:
            self._files.setdefault(file.path, f"it may use {_told(chain)}")
        else:
            self._all(f"{file.path} may use {_told(chain)}")

    def _all(self, why: str) -> None:
        self._everything = self._everything or why

    def _module(self, path: str) -> str:
        return self._project.module(path)

    @staticmethod
    def _is_conftest(path: str) -> bool:
        return PurePosixPath(path).name == "conftest.py"

    # Statements.

    def _statement(  # noqa: C901, PLR0912  # one case for each kind
        self, file: SourceFile, statement: Statement, chain: _Chain, *, changed: bool
    ) -> None:
        """Follow a statement that changed, or that uses what changed."""
        match statement.kind:
            case "import" | "bind":
                for name in statement.names:
                    self._bound(file, statement.scope, name, chain)
                if changed and statement.kind == "import":
                    self._import(file, statement, chain)
            case "export":
                self._export(file, statement.names[0], chain)
            case "star":
                self._star(file, statement, chain)
            case "write":
                self._write(file, statement, chain)
            case "effect":
                self._effect(file, statement, chain)
            case "def" if changed and statement.names[0] == "__getattr__":
                self._served(file, chain, statement.names[1:])
            case "def":
                self._definition(file, statement.names[0], chain, changed=changed)
            case "decorators":
                self._decorators(file, statement, chain, changed=changed)
            case "annotations":
                self._annotations(file, statement.names[0], chain)
            case "main":
                self._later((file.path, "main"), partial(self._follow_script, file, chain))
            case "class":
                self._class(file, statement.names[0], chain)
            case "future":
                for place in file.places:
                    if place.statement and place.statement.kind == "annotations":
                        self._annotations(file, place.statement.names[0], chain)
        if statement.kind not in ("annotations", "def", "main"):
            for place in self._callees.of(file, statement.calls):
                self._reach_written(place, chain)

    def _follow_script(self, file: SourceFile, chain: _Chain) -> None:
        """Follow what runs a file as a script."""
        for path, functions in sorted(self._project.running(file.path).items()):
            runner = self._places.files[path]
            for function in functions:
                if function in runner.by_unit:
                    self._hit(runner.by_unit[function], chain)
                elif not self._module(path):
                    self._whole_file(runner, chain)

    def _import(self, file: SourceFile, statement: Statement, chain: _Chain) -> None:
        """Follow what a module does when it is imported, if nobody else imports it."""
        for other in self._imported_by(file, statement):
            if self._places.importers.get(other.path, set()) <= {file.path}:
                for place in other.places:
                    if place.statement and place.statement.kind in ("effect", "write", "decorators", "class"):
                        self._hit(place, chain)

    def _export(self, file: SourceFile, name: str, chain: _Chain) -> None:
        for path in self._places.stars.get(file.path, ()):
            self._reach(path, name, chain)
        for place in (
            *self._places.by_import.get((file.path, "__all__"), ()),
            *self._places.by_attribute.get("__all__", ()),
            *self._places.by_string.get("__all__", ()),
            *(place for place in self._places.by_name.get((file.path, "__all__"), ()) if place.unit),
        ):
            self._hit(place, chain)

    def _star(self, file: SourceFile, statement: Statement, chain: _Chain) -> None:
        sources = [
            source
            for place in file.places
            if place.statement and place.statement.digest == statement.digest
            for module, _ in place.imported
            for source in self._places.modules.get(module, ())
        ]
        if not sources:
            self._all(f"{file.path} changed: {statement.text}")
        for source in sources:
            for name in self._places.files[source].bound:
                if not name.startswith("_"):
                    self._reach(file.path, name, chain)

    def _write(self, file: SourceFile, statement: Statement, chain: _Chain) -> None:
        root, *attributes = statement.names
        if not self._is_own(file, root):
            self._unconfined(file, statement, chain)
            return
        self._state(file, root, _longer(chain, f"{file.names[0]}.{root}"))
        module, name = file.imports.get(root, ("", ""))
        for path in self._places.modules.get(".".join(filter(None, (module, name))), ()):
            for attribute in attributes:
                self._reach(path, attribute, chain)
        indexes = self._places.by_attribute, self._places.by_own, self._places.by_string
        for name in attributes:
            for place in (place for index in indexes for place in index.get(name, ())):
                self._hit(place, chain)

    def _effect(self, file: SourceFile, statement: Statement, chain: _Chain) -> None:
        function = statement.calls[0] if statement.calls else ""
        root, *given = statement.names or ("",)
        if "." in function and self._is_own(file, root) and not _PATCHING.search(function):
            self._state(file, root, chain)
            if function.endswith(".register"):
                for name in given:
                    self._reach(file.path, name, chain)
        elif not any(self._callees.written_by(place) for place in self._callees.of(file, [function])):
            self._unconfined(file, statement, chain)

    def _is_own(self, file: SourceFile, root: str) -> bool:
        """Return whether a name is that of something of the project; what is gone may have been, too."""
        return self._places.is_own(file, root) or root in self._bound_before.get(file.path, ())

    def _object(self, file: SourceFile, path: str, chain: _Chain) -> None:
        """Follow the object at the dotted *path*, of which a method is called, to where it is from."""
        root, _, rest = path.partition(".")
        self._state(file, root, chain)
        source = ".".join(filter(None, file.imports.get(root, ("", ""))))
        for module in self._places.modules.get(source, ()):
            self._state(self._places.files[module], rest.partition(".")[0], chain)

    def _state(self, file: SourceFile, root: str, chain: _Chain) -> None:
        """Follow an object that is written into, from wherever *root* is imported."""
        self._later((file.path, "state", root), partial(self._follow_state, file, root, chain))

    def _follow_state(self, file: SourceFile, root: str, chain: _Chain) -> None:
        self._reach(file.path, root, chain)
        module, name = file.imports.get(root, ("", ""))
        for path in self._places.modules.get(module, ()) if name else ():
            self._state(self._places.files[path], name, chain)

    def _unconfined(self, file: SourceFile, statement: Statement, chain: _Chain) -> None:
        if self._module(file.path):
            self._all(f"{file.path} runs `{statement.text}` at import, which may affect anything")
        else:
            self._whole_file(file, chain)

    def _definition(self, file: SourceFile, name: str, chain: _Chain, *, changed: bool) -> None:
        self._unit(file, name, chain)
        owner, _, last = name.rpartition(".")
        if not changed:
            return
        if last in CONSTRUCTORS and owner in file.classes:
            for below in self._places.classes.below(file.classes[owner]):
                scope, _, cls = below.name.rpartition(".")
                self._bound(self._places.files[below.file], scope, cls, chain)
        else:
            self._bound(file, owner, last, chain)

    def _decorators(self, file: SourceFile, statement: Statement, chain: _Chain, *, changed: bool) -> None:
        name, *roots = statement.names
        owner, _, last = name.rpartition(".")
        if name in file.classes:
            self._class(file, name, chain)
        else:
            self._unit(file, name, chain)
            if owner and "abstractmethod" in last_parts(roots):
                self._class(file, owner, chain)
            else:
                self._bound(file, owner, last, chain)
        for root in roots if changed else ():
            first = root.partition(".")[0]
            if self._places.is_own(file, first):
                if "." in root and _REGISTERING.search(root.rpartition(".")[2]):
                    self._object(file, root, chain)
                for place in self._callees.of(file, [root]):
                    self._reach_written(place, chain)
            elif self._is_kept_elsewhere(file, root):
                self._unconfined(file, statement, chain)

    def _is_kept_elsewhere(self, file: SourceFile, decorator: str) -> bool:
        first, _, _ = decorator.partition(".")
        module = file.imports.get(first, ("", ""))[0].partition(".")[0]
        last = decorator.rpartition(".")[2]
        return (
            bool(module)
            and bool(_REGISTERING.search(last))
            and (module not in sys.stdlib_module_names or module == "atexit")
        )

    # Annotations.

    def _annotations(self, file: SourceFile, name: str, chain: _Chain) -> None:
        self._later("readers", partial(self._follow_readers, chain))
        owner, _, last = name.rpartition(".")
        decorators = file.decorators(name)
        if not _NOT_READING.issuperset(last_parts(decorators)):
            self._unit(file, name, chain)
            self._bound(file, owner, last, chain)
            for root in decorators:
                if self._places.is_own(file, root.partition(".")[0]):
                    self._object(file, root, chain)
        header = file.classes.get(owner)
        if header and name not in file.by_unit and self._places.classes.reads_fields(header):
            self._class(file, owner, chain)

    def _follow_readers(self, chain: _Chain) -> None:
        for place in annotation_readers(self._places):
            self._hit(place, chain)

    # What calls at import.

    def _reach_written(self, place: Place, chain: _Chain) -> None:
        for path, name in self._callees.written_by(place):
            self._state(self._places.files[path], name, chain)
            for own in self._places.by_own.get(name, ()):
                self._hit(own, chain)

    def _callers_at_import(self, file: SourceFile, function: str, chain: _Chain) -> None:
        """Follow the statements that may have called a function which ran outside of tests."""
        found = list(CallersAtImport(self._project, self._places).of(file, function))
        unit = f"{self._module(file.path)}:{function}"
        ran = unit in self._project.units_at_import
        near = [place for place in found if place.unit or self._project.may_have_run_in(unit, place.file)]
        # What called a function that is gone has changed, too, or still speaks of it.
        if not found and ran and function in file.by_unit:
            self._all(
                f"{file.path} changed in {function}, which ran outside of tests, called by what is not known"
            )
        for place in near or found:
            self._hit(
                place, _longer(chain, f"{self._places.files[place.file].names[0]}.{place.unit}".rstrip("."))
            )


def _served_by(place: Place) -> tuple[str, ...]:
    statement = place.statement
    return statement.names[1:] if statement and statement.kind == "def" else ()


def _is_at(path: str, module: str) -> bool:
    """Return whether *path* is *module*, or of what it holds."""
    return path == module or path.startswith((f"{module}.", f"{module}:"))


def _longer(chain: _Chain, name: str) -> _Chain:
    return chain if chain[-1] == name or len(chain) >= _SHOWN else (*chain, name)


def _told(chain: _Chain) -> str:
    first, *way = chain
    return f"{way[-1]}, made with {first}" if way else first
