"""A name is the same whatever else is loaded: only the modules that made an object, and those above, count."""

import json
import subprocess
import sys
import textwrap

import pytest

from this_tests import this_tests
from this_tests.names import Names

LIBRARY = {
    "__init__": "",
    # As fastai: each application copies the core, and lists all of it.
    "core": """
        def fill(): ...
        class Learner:
            def fit(self): ...
        class _Hidden:
            def shared(self): ...
        class First(_Hidden): ...
        class Second(_Hidden): ...
    """,
    "text/__init__": """
        from ..core import *
        from . import data, model
        from .data import *
        from .model import *
        __all__ = ["fill", "Learner", *data.__all__, *model.__all__]
    """,
    "text/data": "__all__ = ['tokens']\ndef tokens(): ...\ndef unlisted(): ...",
    "text/model": """
        from ..core import Learner
        __all__ = ["TextLearner"]
        class TextLearner(Learner):
            def predict(self): ...
    """,
    "collab": "from .core import *\nfrom .core import First\n__all__ = ['fill', 'Learner', 'First']",
    # A package that promotes by name, inside one that copies with a star.
    "deep/__init__": "from .inner import *\nfrom .private import *",
    "deep/inner/__init__": "from ._made import named\nfrom .starred import *",
    "deep/inner/_made": "def named(): ...",
    "deep/inner/starred": "def starred(): ...",
    "deep/private/__init__": "from ._code import *",
    "deep/private/_code": "def coded(): ...",
    # Two ancestors list the same function.
    "listed/__init__": "from .mid import both\n__all__ = ['both']",
    "listed/mid/__init__": "from .leaf import both\n__all__ = ['both']",
    "listed/mid/leaf": "def both(): ...",
    # An ancestor loads its names when they are asked for.
    "lazy/__init__": """
        from ._eager import *
        _table = {"late": "_late"}
        def __getattr__(name):
            import importlib
            if name not in _table:
                raise AttributeError(name)
            value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_table[name]}"), name)
            return value
    """,
    "lazy/_eager": "",
    # What is private is shown by a sibling: one copies for its own use, one lists, one by arithmetic.
    "_private/__init__": "",
    "_private/code": """
        def shown(): ...
        def summed(): ...
        def used(): ...
        class Kept:
            def run(self): ...
    """,
    "_private/unseen": "def hidden(): ...",
    "api": "from ._private.code import shown, Kept as Saved\n__all__ = ['shown', 'Saved']",
    "more/__init__": "from . import parts\nfrom .parts import *\n__all__ = ['other'] + parts.__all__",
    "more/parts": "from .._private.code import *\n__all__ = ['summed']",
    "user": "from ._private import unseen\nfrom ._private.code import shown, summed, used, Kept",
    "lazy/_late": "def late(): ...",
}
NAMES = {
    "lib.core.fill": "lib.core.fill",
    "lib.core.Learner": "lib.core.Learner",
    "lib.core.Learner.fit": "lib.core.Learner.fit",
    "lib.text.model.TextLearner.fit": "lib.text.TextLearner.fit",
    "lib.text.model.TextLearner.predict": "lib.text.TextLearner.predict",
    "lib.core._Hidden.shared": "lib.core.First.shared",
    "lib.core.First": "lib.core.First",
    "lib.text.data.tokens": "lib.text.tokens",
    "lib.text.data.unlisted": "lib.text.data.unlisted",
    "lib.deep.inner._made.named": "lib.deep.named",
    "lib.deep.inner.starred.starred": "lib.deep.inner.starred.starred",
    "lib.deep.private._code.coded": "lib.deep.coded",
    "lib.listed.mid.leaf.both": "lib.listed.both",
    "lib.lazy._late.late": "lib.lazy.late",
    "lib._private.code.shown": "lib.api.shown",
    "lib._private.code.summed": "lib.more.summed",
    "lib._private.code.used": "lib.user.used",
    "lib.api.Saved.run": "lib.api.Saved.run",
    "lib.user.Kept.run": "lib.api.Saved.run",
}
REFUSED = "'lib._private.unseen.hidden' is not in the lib API"
# As text, which loads no module.
TEXTS = {
    "lib.text.fill": "lib.core.fill",
    "lib.text.model.TextLearner.predict": "lib.text.TextLearner.predict",
    "lib.collab.Learner.fit": "lib.core.Learner.fit",
    "lib.deep.inner.named": "lib.deep.named",
    "lib.user.shown": "lib.api.shown",
    "lib.user.Kept.run": "lib.api.Saved.run",
    "lib._private.code.summed": "lib.more.summed",
    "lib.text.data": "lib.text.data",
}
EVERYTHING = sorted({module.replace("/__init__", "").replace("/", ".") for module in LIBRARY} - {"__init__"})
LOADED = {
    "nothing else": [],
    "one application": ["text"],
    "the other": ["collab"],
    "both": ["collab", "text"],
    "everything": EVERYTHING,
    "everything, backwards": EVERYTHING[::-1],
}
PROGRAM = """
import functools, importlib, json, sys
from this_tests import ThisTestsError
from this_tests.names import Names

def found(path):
    for length in range(path.count("."), 0, -1):
        parts = path.split(".")
        try:
            module = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        holder = functools.reduce(getattr, parts[length:-1], module)
        return holder, getattr(holder, parts[-1])

def name(path):
    holder, target = found(path)
    class_known = isinstance(holder, type) and "._" not in path
    try:
        return names.resolve(bound(holder, target) if class_known else target).name
    except ThisTestsError as error:
        return str(error)

def bound(holder, target):
    return target.__get__(object.__new__(holder))

extra, paths, early, as_objects = json.loads(sys.argv[1])
for module in ["lib", *(f"lib.{other}" for other in extra)]:
    importlib.import_module(module)
if early:
    for path in paths:
        found(path)
names = Names(["lib"])
names.freeze()
print(json.dumps({path: name(path) if as_objects else names.resolve(path).name for path in paths}))
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    for module, source in LIBRARY.items():
        path = folder / "lib" / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), encoding="utf-8")
    return folder


def names_in(folder, extra, paths, *, early=False, as_objects=True):
    """Return the names of the objects at *paths*, given the modules that a process loads before."""
    command = [sys.executable, "-c", PROGRAM, json.dumps([extra, list(paths), early, as_objects])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("early", [True, False], ids=["loaded before", "loaded by a test"])
@pytest.mark.parametrize("extra", LOADED.values(), ids=LOADED)
def test_the_name_of_an_object_is_the_same_whatever_is_loaded(library, extra, early):
    this_tests(Names.resolve)
    assert names_in(library, extra, NAMES, early=early) == NAMES


@pytest.mark.slow
@pytest.mark.parametrize("extra", LOADED.values(), ids=LOADED)
def test_the_name_of_a_text_is_that_of_its_object_loaded_or_not(library, extra):
    this_tests(Names.resolve)
    assert names_in(library, extra, TEXTS, as_objects=False) == TEXTS


@pytest.mark.parametrize("extra", [[], EVERYTHING], ids=["nothing else", "everything"])
def test_what_no_module_shows_is_refused_whatever_is_loaded(library, extra):
    this_tests(Names.resolve)
    (refusal,) = names_in(library, extra, ["lib._private.unseen.hidden"]).values()
    assert refusal.startswith("'<function hidden at ")
    assert refusal.endswith("' is not in the lib API")
