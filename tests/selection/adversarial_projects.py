"""Small projects in which a change reaches a test on an odd way: files, an edit, and the tests that notice it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

__all__ = ["PROJECTS", "Adversary", "named"]

# The texts to replace and to put in their place; a whole new text; None for a file that is deleted.
Edit = tuple[str, str] | str | None

# A part of each project that no edit concerns.
UNCONCERNED = {
    "lib/__init__.py": "",
    "lib/other.py": "def other(n): return n + 1\n",
    "tests/test_other.py": "import lib.other\ndef test_other(): assert lib.other.other(1) == 2\n",
}


@dataclass(frozen=True)
class Adversary:
    """A project and an edit.

    Attributes:
        files: The texts, by path.
        edit: What is changed, by path.
        noticing: The last names of the tests whose outcome is another after the edit.
        everything: Whether nothing tells that the edit does not concern `UNCONCERNED`.
        links: The targets of symbolic links, by path.
        escapes: Why the tests are not all selected; empty where they are.
    """

    files: Mapping[str, str]
    edit: Mapping[str, Edit]
    noticing: str
    everything: bool = False
    links: Mapping[str, str] = field(default_factory=dict)
    options: str = ""
    escapes: str = ""


def named(adversary: Adversary, library: str) -> Adversary:
    """Return the project with all its files, and with *library* for ``lib``, which no other session has seen."""

    def with_name(value: object) -> object:
        match value:
            case str():
                return re.sub(r"\blib\b", library, value)
            case tuple():
                return tuple(map(with_name, value))
            case Mapping():
                return {with_name(key): with_name(text) for key, text in value.items()}
        return value

    files = {**UNCONCERNED, **adversary.files}
    fields = {name: with_name(value) for name, value in vars(replace(adversary, files=files)).items()}
    return Adversary(**fields)  # type: ignore[arg-type]


PROJECTS: dict[str, Adversary] = {}


def _add(name: str, lib: str, tests: str, *edit: str, noticing: str = "test_it", **more: object) -> None:
    """Add a project with the module ``lib.a`` and one test file."""
    old, new = edit
    files = {"lib/a.py": lib, "tests/test_a.py": tests}
    PROJECTS[name] = Adversary(files, {"lib/a.py": (old, new)}, noticing, **more)  # type: ignore[arg-type]


def _more(
    name: str, edit: Mapping[str, Edit], files: Mapping[str, str], noticing: str = "test_it", **more: object
) -> None:
    """Add a project of any files."""
    PROJECTS[name] = Adversary(files, edit, noticing, **more)  # type: ignore[arg-type]


# Names that modules make up.

_add(
    "a module's __getattr__ answers while a test file is imported",
    """
        def __getattr__(name):
            if name == "ONE": return 1
            raise AttributeError(name)
    """,
    """
        from lib.a import ONE
        def test_it(): assert ONE == 1
    """,
    "return 1",
    "return 2",
)
_add(
    "a module's __getattr__ answers from a table",
    """
        TABLE = {"one": 1}
        def __getattr__(name):
            try: return TABLE[name.lower()]
            except KeyError: raise AttributeError(name)
    """,
    """
        from lib.a import ONE
        def test_it(): assert ONE == 1
    """,
    '"one": 1',
    '"one": 2',
    everything=True,
)
_add(
    "a module's __dir__",
    """
        def __dir__(): return ["one"]
    """,
    """
        import lib.a
        def test_it(): assert dir(lib.a) == ["one"]
    """,
    '["one"]',
    '["one", "two"]',
)
_add(
    "names bound by a loop over globals()",
    """
        for name in ("one", "two"):
            globals()[name] = name.upper()
    """,
    """
        import lib.a
        def test_it(): assert lib.a.two == "TWO"
        def test_near(): assert lib.other
    """,
    "name.upper()",
    "name.title()",
    everything=True,
)
_add(
    "names bound by globals().update",
    """
        PAIRS = {"One": 1, "Two": 2}
        globals().update({name: type(name, (), {"value": value}) for name, value in PAIRS.items()})
    """,
    """
        from lib.a import Two
        def test_it(): assert Two.value == 2
    """,
    '"Two": 2',
    '"Two": 3',
    everything=True,
)
_more(
    "a lazily imported module with a computed name",
    {"lib/plugins/csv.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "lib/plugins/__init__.py": "",
        "lib/plugins/csv.py": "LIMIT = 1\n",
        "lib/a.py": """
            import importlib
            def limit(name): return importlib.import_module(f"lib.plugins.{name}").LIMIT
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.limit("csv") == 1
            def test_again(): assert lib.a.limit("csv") == 1
        """,
    },
    "test_it test_again",
)
_add(
    "a handler whose name is put together, outside of its class",
    """
        class Handler:
            def on_open(self): return "open"
        def fire(handler, event):
            found = getattr(handler, "on_" + event, None)
            return found() if found else ""
    """,
    """
        import lib.a
        def test_it(): assert lib.a.fire(lib.a.Handler(), "close") == ""
    """,
    "class Handler:",
    "class Handler:\n    def on_close(self): return 'close'",
)
_more(
    "a function of a module whose name is put together",
    {"lib/commands.py": ("def do_one(): return 1", "def do_one(): return 1\ndef do_two(): return 2")},
    {
        "lib/commands.py": "def do_one(): return 1\n",
        "lib/a.py": """
            from lib import commands
            def knows(name): return hasattr(commands, f"do_{name}")
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert not lib.a.knows("two")
        """,
    },
)
_more(
    "a constant whose name is put together",
    {"lib/settings.py": ("LIMIT_SMALL = 1", "LIMIT_SMALL = 2")},
    {
        "lib/settings.py": "LIMIT_SMALL = 1\n",
        "lib/a.py": """
            from lib import settings
            def limit(size): return getattr(settings, "LIMIT_%s" % size.upper())
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.limit("small") == 1
        """,
    },
)
_add(
    "operator.attrgetter with a dotted name",
    """
        import operator
        class Inner:
            size = 1
        class Outer:
            inner = Inner()
        measure = operator.attrgetter("inner.size")
    """,
    """
        import lib.a
        def test_it(): assert lib.a.measure(lib.a.Outer()) == 1
    """,
    "size = 1",
    "size = 2",
)
_more(
    "sys.modules holds an object in the module's place",
    {"lib/a.py": ("limit = 1", "limit = 2")},
    {
        "lib/a.py": """
            import sys
            class Proxy:
                limit = 1
            sys.modules[__name__] = Proxy()
        """,
        "tests/test_a.py": """
            from lib import a
            import lib.a
            def test_it(): assert sys_limit() == 1
            def sys_limit():
                import sys
                return sys.modules["lib.a"].limit
        """,
    },
)
_add(
    "a walrus in a comprehension of the module",
    """
        found = [last := n for n in (1, 2)]
    """,
    """
        import lib.a
        def test_it(): assert lib.a.last == 2
    """,
    "(1, 2)",
    "(1, 3)",
)

# Registries.

_more(
    "a new subclass is registered by __init_subclass__",
    {"lib/gif.py": ("class Gif(Format): pass", "class Gif(Format): pass\nclass Png(Format): pass")},
    {
        "lib/a.py": """
            class Format:
                known = []
                def __init_subclass__(cls): Format.known.append(cls.__name__)
            def known(): return len(Format.known)
        """,
        "lib/gif.py": "from lib.a import Format\nclass Gif(Format): pass\n",
        "tests/test_a.py": """
            import lib.a, lib.gif
            def test_it(): assert lib.a.known() == 1
        """,
    },
)
_more(
    "the keyword of a class, for __init_subclass__",
    {"lib/gif.py": ('key="gif"', 'key="gif89"')},
    {
        "lib/a.py": """
            FORMATS = {}
            class Format:
                def __init_subclass__(cls, key, **rest):
                    super().__init_subclass__(**rest)
                    FORMATS[key] = cls
            def keys(): return sorted(FORMATS)
        """,
        "lib/gif.py": 'from lib.a import Format\nclass Gif(Format, key="gif"): pass\n',
        "tests/test_a.py": """
            import lib.a, lib.gif
            def test_it(): assert lib.a.keys() == ["gif"]
        """,
    },
)
_more(
    "a metaclass registers by the name of the class",
    {"lib/gif.py": ("class Gif", "class Image")},
    {
        "lib/a.py": """
            class Meta(type):
                known = {}
                def __init__(cls, name, bases, body):
                    super().__init__(name, bases, body)
                    Meta.known[name.lower()] = cls
            class Format(metaclass=Meta): pass
            def find(name): return Meta.known.get(name)
        """,
        "lib/gif.py": "from lib.a import Format\nclass Gif(Format): pass\n",
        "tests/test_a.py": """
            import lib.a, lib.gif
            def test_it(): assert lib.a.find("gif")
        """,
    },
)
_more(
    "the key of a registering decorator",
    {"lib/gif.py": ('"gif"', '"image"')},
    {
        "lib/a.py": """
            READERS = {}
            def reads(key):
                def add(function):
                    READERS[key] = function
                    return function
                return add
            def read(key): return READERS[key]() if key in READERS else 0
        """,
        "lib/gif.py": 'from lib.a import reads\n@reads("gif")\ndef read_gif(): return 1\n',
        "tests/test_a.py": """
            import lib.a, lib.gif
            def test_it(): assert lib.a.read("gif") == 1
            def test_none(): assert lib.a.read("image") == 0
        """,
    },
    "test_it test_none",
)
_more(
    "the annotation that singledispatch registers by",
    {"lib/more.py": ("value: int", "value: float")},
    {
        "lib/a.py": """
            import functools
            @functools.singledispatch
            def show(value): return "any"
        """,
        "lib/more.py": """
            from lib.a import show
            @show.register
            def _(value: int): return "int"
        """,
        "tests/test_a.py": """
            import lib.a, lib.more
            def test_it(): assert lib.a.show(1) == "int"
            def test_float(): assert lib.a.show(1.5) == "any"
        """,
    },
    "test_it test_float",
)
_more(
    "a new singledispatch registration in a module of its own",
    {
        "lib/more.py": "from lib.a import show\n@show.register(int)\ndef _(value): return 'int'\n",
        "lib/a.py": ("# more", "from lib import more"),
    },
    {
        "lib/a.py": """
            import functools
            @functools.singledispatch
            def show(value): return "any"
            # more
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.show(1) == "any"
        """,
    },
)
_more(
    "the order of imports is the order of a registry",
    {"lib/__init__.py": ("from lib import one, two", "from lib import two, one")},
    {
        "lib/__init__.py": "from lib import one, two\n",
        "lib/a.py": "ALL = []\ndef first(): return ALL[0]\n",
        "lib/one.py": "from lib.a import ALL\nALL.append(1)\n",
        "lib/two.py": "from lib.a import ALL\nALL.append(2)\n",
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.first() == 1
        """,
    },
)
_more(
    "the order of import statements is the order of a registry made by a decorator",
    {"lib/__init__.py": ("import lib.one\nimport lib.two\n", "import lib.two\nimport lib.one\n")},
    {
        "lib/__init__.py": "import lib.one\nimport lib.two\n",
        "lib/a.py": """
            ALL = []
            def listed(function):
                ALL.append(function)
                return function
            def names(): return [function.__name__ for function in ALL]
        """,
        "lib/one.py": "from lib.a import listed\n@listed\ndef one(): return 1\n",
        "lib/two.py": "from lib.a import listed\n@listed\ndef two(): return 1\n",
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.names() == ["one", "two"]
        """,
    },
)
_add(
    "the order of methods, for who lists them",
    """
        class Commands:
            def do_open(self): return 1
            def do_close(self): return 2
        def names(cls): return [name for name in vars(cls) if name.startswith("do_")]
    """,
    """
        import lib.a
        def test_it(): assert lib.a.names(lib.a.Commands) == ["do_open", "do_close"]
    """,
    "    def do_open(self): return 1\n    def do_close(self): return 2\n",
    "    def do_close(self): return 2\n    def do_open(self): return 1\n",
)
_add(
    "the order of functions, for who lists them",
    """
        def do_open(): return 1
        def do_close(): return 2
        def names(): return [name for name in globals() if name.startswith("do_")]
    """,
    """
        import lib.a
        def test_it(): assert lib.a.names() == ["do_open", "do_close"]
    """,
    "def do_open(): return 1\ndef do_close(): return 2\n",
    "def do_close(): return 2\ndef do_open(): return 1\n",
)
_more(
    "a subclass that is found by __subclasses__ and a string",
    {"lib/gif.py": ("class Gif(Format)", "class Gif89(Format)")},
    {
        "lib/a.py": """
            class Format: pass
            def find(name): return {cls.__name__: cls for cls in Format.__subclasses__()}.get(name)
        """,
        "lib/gif.py": "from lib.a import Format\nclass Gif(Format): pass\n",
        "tests/test_a.py": """
            import lib.a, lib.gif
            def test_it(): assert lib.a.find("Gif")
        """,
    },
)
_more(
    "an augmented assignment to an imported list",
    {"lib/more.py": ("ALL += [2]", "ALL += [2, 3]")},
    {
        "lib/a.py": "ALL = [1]\ndef number(): return len(ALL)\n",
        "lib/more.py": "from lib.a import ALL\nALL += [2]\n",
        "tests/test_a.py": """
            import lib.a, lib.more
            def test_it(): assert lib.a.number() == 2
        """,
    },
)
_more(
    "an entry point in the metadata of a distribution",
    {"adv_shop-1.0.dist-info/entry_points.txt": ("lib.a:one", "lib.a:two")},
    {
        "adv_shop-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: adv-shop\nVersion: 1.0\n",
        "adv_shop-1.0.dist-info/entry_points.txt": "[adv.shop]\nrun = lib.a:one\n",
        "lib/a.py": """
            from importlib.metadata import entry_points
            def one(): return 1
            def two(): return 2
            def run():
                [found] = entry_points(group="adv.shop")
                return found.load()()
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.run() == 1
        """,
    },
    everything=True,
)

# Classes.

_add(
    "a descriptor that is told its name",
    """
        class Field:
            def __set_name__(self, owner, name): self.name = name
            def __get__(self, instance, owner): return self.name
        class Thing:
            size = Field()
    """,
    """
        import lib.a
        def test_it(): assert lib.a.Thing().size == "size"
    """,
    "self.name = name",
    "self.name = name.upper()",
)
_add(
    "the order of a dataclass's fields",
    """
        from dataclasses import dataclass
        @dataclass
        class Point:
            x: int
            y: int
    """,
    """
        import lib.a
        def test_it(): assert lib.a.Point(1, 2).x == 1
    """,
    "    x: int\n    y: int\n",
    "    y: int\n    x: int\n",
)
_add(
    "the order of a named tuple's fields",
    """
        from typing import NamedTuple
        class Point(NamedTuple):
            x: int
            y: int
        def made(pair): return Point(*pair)
    """,
    """
        import lib.a
        def test_it(): assert lib.a.made((1, 2)).x == 1
    """,
    "    x: int\n    y: int\n",
    "    y: int\n    x: int\n",
)
_add(
    "the order of an enumeration's members",
    """
        from enum import Enum
        class Color(Enum):
            RED = 1
            BLUE = 2
        def first(): return next(iter(Color)).name
    """,
    """
        import lib.a
        def test_it(): assert lib.a.first() == "RED"
    """,
    "    RED = 1\n    BLUE = 2\n",
    "    BLUE = 2\n    RED = 1\n",
)
_add(
    "a new member of an enumeration that is listed by a constant",
    """
        import enum
        class Color(enum.Enum):
            RED = enum.auto()
        NAMES = tuple(color.name for color in Color)
    """,
    """
        from lib.a import NAMES
        def test_it(): assert NAMES == ("RED",)
    """,
    "RED = enum.auto()",
    "RED = enum.auto()\n    BLUE = enum.auto()",
)
_add(
    "the type of a dataclass's field, by which a field is told from a class variable",
    """
        from dataclasses import dataclass, fields
        from typing import ClassVar
        @dataclass
        class Point:
            x: int = 1
            y: int = 2
        def number(): return len(fields(Point))
    """,
    """
        import lib.a
        def test_it(): assert lib.a.number() == 2
        def test_made(): assert lib.a.Point(3, 4).y == 4
    """,
    "y: int",
    "y: ClassVar[int]",
    noticing="test_it test_made",
)
_add(
    "annotations that a function of another class reads",
    """
        class Config:
            port: int
        def load(cls, data):
            return {name: kind(data[name]) for name, kind in cls.__annotations__.items()}
    """,
    """
        import lib.a
        def test_it(): assert lib.a.load(lib.a.Config, {"port": "1"}) == {"port": 1}
    """,
    "port: int",
    "port: str",
)
_add(
    "the annotation of a parameter, by inspect.signature().parameters",
    """
        import inspect
        def handler(n: int): return n
        def call(function, *texts):
            kinds = [found.annotation for found in inspect.signature(function).parameters.values()]
            return function(*(kind(text) for kind, text in zip(kinds, texts)))
    """,
    """
        import lib.a
        def test_it(): assert lib.a.call(lib.a.handler, "1") == 1
    """,
    "n: int",
    "n: str",
)
_add(
    "the alias in an annotation that is a string",
    """
        from typing import get_type_hints
        Size = int
        class Config:
            size: "Size"
        def kinds(cls): return get_type_hints(cls)
    """,
    """
        import lib.a
        def test_it(): assert lib.a.kinds(lib.a.Config) == {"size": int}
    """,
    "Size = int",
    "Size = str",
)
_add(
    "a method added to a runtime_checkable protocol",
    """
        from typing import Protocol, runtime_checkable
        @runtime_checkable
        class Closing(Protocol):
            def close(self): ...
        class File:
            def close(self): pass
        def closes(thing): return isinstance(thing, Closing)
    """,
    """
        import lib.a
        def test_it(): assert lib.a.closes(lib.a.File())
    """,
    "def close(self): ...",
    "def close(self): ...\n    def flush(self): ...",
)
_more(
    "an abstract method added to a base",
    {"lib/a.py": ("class Base(ABC):", "class Base(ABC):\n    @abstractmethod\n    def stop(self): ...")},
    {
        "lib/a.py": """
            from abc import ABC, abstractmethod
            class Base(ABC):
                @abstractmethod
                def run(self): ...
        """,
        "lib/b.py": """
            from lib.a import Base
            class Child(Base):
                def run(self): return 1
            KINDS = {"child": Child}
        """,
        "tests/test_a.py": """
            import lib.b
            def test_it(): assert lib.b.KINDS["child"]().run() == 1
        """,
    },
)
_more(
    "__slots__ added to a base",
    {"lib/a.py": ("class Base:", "class Base:\n    __slots__ = ()")},
    {
        "lib/a.py": "class Base:\n    def run(self): return 1\n",
        "lib/b.py": "from lib.a import Base\nclass Child(Base):\n    __slots__ = ('a',)\ndef made(): return Child()\n",
        "tests/conftest.py": """
            import pytest, lib.b
            @pytest.fixture
            def child(): return lib.b.made()
        """,
        "tests/test_a.py": """
            def test_it(child): child.extra = 1
        """,
    },
)
_more(
    "the order of __match_args__",
    {"lib/a.py": ('("x", "y")', '("y", "x")')},
    {
        "lib/a.py": """
            class Point:
                __match_args__ = ("x", "y")
                def __init__(self): self.x, self.y = 1, 2
        """,
        "lib/b.py": """
            from lib.a import Point
            def first(point):
                match point:
                    case Point(first, _): return first
        """,
        "tests/test_a.py": """
            import lib.a, lib.b
            def test_it(): assert lib.b.first(lib.a.Point()) == 1
        """,
    },
)
_add(
    "__class_getitem__ at import",
    """
        class Box:
            def __class_getitem__(cls, item): return (cls.__name__, item)
        Ints = Box[int]
    """,
    """
        from lib.a import Ints
        def test_it(): assert Ints == ("Box", int)
    """,
    "(cls.__name__, item)",
    "(item, cls.__name__)",
)
_more(
    "a base gains a method that comes first in the order of resolution",
    {"lib/a.py": ("class Left: pass", "class Left:\n    def run(self): return 'left'")},
    {
        "lib/a.py": "class Left: pass\nclass Right:\n    def run(self): return 'right'\n",
        "lib/b.py": """
            from lib.a import Left, Right
            class Both(Left, Right): pass
            def call(name): return getattr(Both(), name)()
        """,
        "tests/test_a.py": """
            import lib.b
            def test_it(): assert lib.b.call("ru" + "n") == "right"
        """,
    },
)
_more(
    "a method that overrides another one",
    {"lib/b.py": ("class Child(Base): pass", "class Child(Base):\n    def go(self): return 2")},
    {
        "lib/a.py": "class Base:\n    def go(self): return 1\n    def run(self): return self.go()\n",
        "lib/b.py": "from lib.a import Base\nclass Child(Base): pass\nclass Else(Base): pass\n",
        "tests/test_a.py": """
            import lib.b
            def test_it(): assert sum(kind().run() for kind in (lib.b.Child, lib.b.Else)) == 2
        """,
    },
)
_more(
    "a method removed, so that the base's takes its place",
    {"lib/b.py": ("    def __len__(self): return 2\n", "    pass\n")},
    {
        "lib/a.py": "class Base:\n    def __len__(self): return 1\n",
        "lib/b.py": "from lib.a import Base\nclass Child(Base):\n    def __len__(self): return 2\nTHE = Child()\n",
        "tests/test_a.py": """
            import lib.b
            def test_it(): assert len(lib.b.THE) == 2
        """,
    },
)
_add(
    "an attribute of a class that moves to its objects",
    """
        class Thing:
            size = 1
            def __init__(self): pass
    """,
    """
        import lib.a
        def test_it(): assert lib.a.Thing.size == 1
        def test_made(): assert lib.a.Thing()
    """,
    "    size = 1\n    def __init__(self): pass",
    "    def __init__(self): self.size = 1",
)
_add(
    "a property that becomes a method",
    """
        class Thing:
            @property
            def size(self): return 1
        def measure(thing, what): return getattr(thing, what)
    """,
    """
        import lib.a
        def test_it(): assert lib.a.measure(lib.a.Thing(), "size") == 1
    """,
    "    @property\n",
    "",
)
_add(
    "a class decorator that adds a method",
    """
        def sized(cls):
            cls.size = lambda self: 1
            return cls
        @sized
        class Thing: pass
        THE = Thing()
    """,
    """
        import lib.a
        def test_it(): assert lib.a.THE.size() == 1
    """,
    "self: 1",
    "self: 2",
)
_add(
    "methods put into a class by a loop",
    """
        class Thing: pass
        for name in ("one", "two"):
            setattr(Thing, name, lambda self, name=name: name)
    """,
    """
        import lib.a
        def test_it(): assert lib.a.Thing().two() == "two"
    """,
    "name: name",
    "name: name.upper()",
    everything=True,
)
_add(
    "a class that type() makes of a table",
    """
        FIELDS = {"size": 1}
        Thing = type("Thing", (), dict(FIELDS))
        def made(): return Thing()
    """,
    """
        import lib.a
        def test_it(): assert lib.a.made().size == 1
    """,
    '"size": 1',
    '"size": 2',
)
_add(
    "a property that a factory makes",
    """
        def stored(name, default=1):
            def get(self): return self.__dict__.get(name, default)
            return property(get)
        class Thing:
            size = stored("size")
    """,
    """
        import lib.a
        def test_it(): assert lib.a.Thing().size == 1
    """,
    "return property(get)",
    "default = 2\n    return property(get)",
)
_more(
    "__reduce__ added to what is copied",
    {"lib/a.py": ("class Thing:", "class Thing:\n    def __reduce__(self): return (list, ())")},
    {
        "lib/a.py": "class Thing:\n    size = 1\nTHE = Thing()\n",
        "lib/b.py": "import copy\nfrom lib import a\ndef again(): return copy.copy(a.THE)\n",
        "tests/test_a.py": """
            import lib.b
            def test_it(): assert lib.b.again().size == 1
        """,
    },
)
_more(
    "__eq__ added, which takes __hash__ away",
    {"lib/a.py": ("class Key:", "class Key:\n    def __eq__(self, other): return True")},
    {
        "lib/a.py": "class Key:\n    def __init__(self): self.a = 1\n",
        "lib/b.py": "from lib.a import Key\ndef keys(): return [Key(), Key()]\n",
        "tests/test_a.py": """
            import lib.b
            def test_it(): assert len(set(lib.b.keys())) == 2
        """,
    },
)
_more(
    "__bool__ added to a base of what a fixture makes",
    {"lib/a.py": ("class Base: pass", "class Base:\n    def __bool__(self): return False")},
    {
        "lib/a.py": "class Base: pass\n",
        "lib/b.py": "from lib.a import Base\nclass Box(Base): pass\n",
        "lib/c.py": "def full(thing): return 'full' if thing else 'empty'\n",
        "tests/conftest.py": """
            import pytest, lib.b
            @pytest.fixture(name="box")
            def make_box(): return lib.b.Box()
        """,
        "tests/test_a.py": """
            import lib.c
            def test_it(box): assert lib.c.full(box) == "full"
        """,
    },
)
_add(
    "__lt__ removed, by which a list is sorted",
    """
        class Base:
            def __init__(self, n): self.n = n
            def __lt__(self, other): return self.n < other.n
        class Item(Base):
            def __lt__(self, other): return self.n > other.n
        def ordered(*numbers): return [item.n for item in sorted(map(Item, numbers))]
    """,
    """
        import lib.a
        def test_it(): assert lib.a.ordered(1, 2) == [2, 1]
    """,
    "    def __lt__(self, other): return self.n > other.n\n",
    "    pass\n",
)
_add(
    "a virtual subclass that is no longer registered",
    """
        from abc import ABC
        class Shape(ABC): pass
        class Square: pass
        Shape.register(Square)
        def is_shape(thing): return isinstance(thing, Shape)
    """,
    """
        import lib.a
        def test_it(): assert lib.a.is_shape(lib.a.Square())
    """,
    "Shape.register(Square)\n",
    "",
)

# Values, functions and decorators.

_more(
    "a default argument from a constant that a star imports",
    {"lib/constants.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "lib/constants.py": "LIMIT = 1\n",
        "lib/a.py": "from lib.constants import *\ndef bounded(limit=LIMIT): return limit\n",
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.bounded() == 1
        """,
    },
)
_more(
    "a name that leaves __all__, so that a builtin takes its place",
    {"lib/names.py": ('__all__ = ["sorted"]', "__all__ = []")},
    {
        "lib/names.py": '__all__ = ["sorted"]\ndef sorted(items): return list(items)\n',
        "lib/a.py": "from lib.names import *\ndef first(items): return sorted(items)[0]\n",
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.first([2, 1]) == 2
        """,
    },
)
_add(
    "the order of decorators",
    """
        def add(function): return lambda n: function(n) + 1
        def double(function): return lambda n: function(n) * 2
        @add
        @double
        def f(n): return n
        TABLE = [f]
    """,
    """
        import lib.a
        def test_it(): assert lib.a.TABLE[0](3) == 7
    """,
    "@add\n@double",
    "@double\n@add",
)
_add(
    "a decorator that no longer wraps",
    """
        import functools
        def logged(function):
            @functools.wraps(function)
            def wrapper(*args): return function(*args)
            return wrapper
        @logged
        def f(): return 1
        NAMES = {f.__name__: f}
        def call(name): return NAMES[name]()
    """,
    """
        import lib.a
        def test_it(): assert lib.a.call("f") == 1
    """,
    "    @functools.wraps(function)\n",
    "",
)
_add(
    "closures made by a comprehension of the module",
    """
        def adder(n): return lambda m: n + m
        ADDERS = [adder(n) for n in range(3)]
    """,
    """
        import lib.a
        def test_it(): assert lib.a.ADDERS[1](1) == 2
    """,
    "range(3)",
    "range(1, 4)",
)
_add(
    "a lambda in a table",
    """
        TABLE = {"double": lambda n: n * 2}
        def call(name, n): return TABLE[name](n)
    """,
    """
        import lib.a
        def test_it(): assert lib.a.call("double", 3) == 6
    """,
    "n * 2",
    "n * 3",
)
_add(
    "a partial of a partial",
    """
        from functools import partial
        def divide(a, b): return a / b
        by = partial(divide)
        half = partial(by, b=2)
    """,
    """
        from lib.a import half
        def test_it(): assert half(4) == 2
    """,
    "b=2",
    "b=4",
)
_add(
    "an object that is called",
    """
        class Scale:
            def __init__(self, by): self.by = by
            def __call__(self, n): return n * self.by
        scale = Scale(2)
    """,
    """
        from lib.a import scale as bigger
        def test_it(): assert bigger(2) == 4
    """,
    "Scale(2)",
    "Scale(3)",
)
_more(
    "the parameters of a function that only a table names",
    {"lib/commands.py": ("def greet(name)", "def greet(whom)")},
    {
        "lib/commands.py": "def greet(name): return 1\n",
        "lib/a.py": """
            import inspect
            from lib import commands
            COMMANDS = {"greet": commands.greet}
            def options(name): return list(inspect.signature(COMMANDS[name]).parameters)
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.options("greet") == ["name"]
        """,
    },
)
_more(
    "a docstring that is shown by another module",
    {"lib/commands.py": ("Greet.", "Say hello.")},
    {
        "lib/commands.py": 'def greet():\n    "Greet."\n',
        "lib/a.py": """
            from lib import commands
            def help(function): return function.__doc__
            def all_help(): return help(commands.greet)
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.all_help() == "Greet."
        """,
    },
)
_more(
    "a docstring from which a constant of another module is made",
    {"lib/commands.py": ("Greet.", "Say hello.")},
    {
        "lib/commands.py": '"Greet."\n',
        "lib/a.py": """
            import argparse
            from lib import commands
            PARSER = argparse.ArgumentParser(description=commands.__doc__)
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert "Greet." in lib.a.PARSER.format_help()
        """,
    },
)
_more(
    "inspect.getsource, in the library",
    {"lib/b.py": ("# one", "# two")},
    {
        "lib/b.py": "def f():\n    # one\n    return 1\n",
        "lib/a.py": """
            import inspect
            from lib import b
            def source(): return inspect.getsource(b.f)
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert "# one" in lib.a.source()
            def test_again(): assert "# one" in lib.a.source()
        """,
    },
    "test_it test_again",
)
_add(
    "text that is executed",
    """
        SOURCE = "def made(): return 1"
        space = {}
        exec(SOURCE, space)
        def call(): return space["made"]()
    """,
    """
        import lib.a
        def test_it(): assert lib.a.call() == 1
    """,
    "return 1",
    "return 2",
    everything=True,
)
_more(
    "the version of the package",
    {"lib/__init__.py": ('"1.0"', '"1.1"')},
    {
        "lib/__init__.py": '__version__ = "1.0"\n',
        "lib/a.py": "import lib\ndef agent(): return f'shop/{lib.__version__}'\n",
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.agent() == "shop/1.0"
        """,
    },
)
_add(
    "the default of a context variable",
    """
        from contextvars import ContextVar
        LEVEL = ContextVar("level", default=1)
        def level(): return LEVEL.get()
    """,
    """
        import contextvars, lib.a
        def test_it(): assert contextvars.Context().run(lib.a.level) == 1
    """,
    "default=1",
    "default=2",
)
_add(
    "the seed of a generator of the module",
    """
        import random
        RANDOM = random.Random(1)
        def draw(): return RANDOM.getrandbits(64)
    """,
    """
        import random, lib.a
        def test_it(): assert lib.a.draw() == random.Random(1).getrandbits(64)
    """,
    "RANDOM = random.Random(1)",
    "RANDOM = random.Random(2)",
)
_add(
    "the level of a logger",
    """
        import logging
        logging.getLogger("adv.shop").setLevel(logging.INFO)
    """,
    """
        import logging, lib.a
        def test_it(): assert logging.getLogger("adv.shop").isEnabledFor(logging.INFO)
    """,
    "logging.INFO",
    "logging.ERROR",
    everything=True,
)
_add(
    "the code under __main__, run by runpy",
    """
        def main(n): return n
        if __name__ == "__main__":
            RESULT = main(1)
    """,
    """
        import runpy
        def test_it(): assert runpy.run_module("lib.a", run_name="__main__")["RESULT"] == 1
    """,
    "main(1)",
    "main(2)",
)
_more(
    "the code under __main__, in a process",
    {"lib/a.py": ("print(1)", "print(2)")},
    {
        "lib/a.py": """
            if __name__ == "__main__":
                print(1)
        """,
        "tests/test_a.py": """
            import subprocess, sys, pathlib
            ROOT = pathlib.Path(__file__).parents[1]
            def test_it():
                run = subprocess.run([sys.executable, "-m", "lib.a"], cwd=ROOT, capture_output=True)
                assert run.stdout.strip() == b"1"
        """,
    },
)

# Modules that come and go.

_more(
    "an optional module of the library appears",
    {"lib/_fast.py": "def run(): return 'fast'\n"},
    {
        "lib/_slow.py": "def run(): return 'slow'\n",
        "lib/a.py": """
            try:
                from lib import _fast as impl
            except ImportError:
                from lib import _slow as impl
            def run(): return impl.run()
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.run() == "slow"
        """,
    },
)
_more(
    "an optional module of the library vanishes",
    {"lib/_fast.py": None},
    {
        "lib/_fast.py": "def run(): return 'fast'\n",
        "lib/a.py": """
            try:
                from lib._fast import run
            except ImportError:
                def run(): return "slow"
            TABLE = {"run": run}
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.TABLE["run"]() == "fast"
        """,
    },
)
_more(
    "an optional module beside the library appears",
    {"adv_speedups.py": "def run(): return 'fast'\n"},
    {
        "lib/a.py": """
            try:
                import adv_speedups
            except ImportError:
                adv_speedups = None
            def run(): return adv_speedups.run() if adv_speedups else "slow"
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.run() == "slow"
        """,
    },
    everything=True,
)
_more(
    "a module beside the library that hides one of the standard library",
    {"colorsys.py": "def rgb_to_hsv(*rgb): return 'mine'\n"},
    {
        "lib/a.py": """
            def convert(*rgb):
                import colorsys
                return colorsys.rgb_to_hsv(*rgb)
        """,
        "tests/test_a.py": """
            import sys, lib.a
            def test_it(monkeypatch):
                monkeypatch.delitem(sys.modules, "colorsys", raising=False)
                assert lib.a.convert(0, 0, 0) == (0.0, 0.0, 0)
        """,
    },
    everything=True,
)
_more(
    "a package that hides a module",
    {"lib/x/__init__.py": "def run(): return 'package'\n"},
    {
        "lib/x.py": "def run(): return 'module'\n",
        "tests/test_a.py": """
            import lib.x
            def test_it(): assert lib.x.run() == "module"
        """,
    },
)
_more(
    "a namespace package that gets an __init__",
    {"lib/space/__init__.py": "from lib.space.b import run\n"},
    {
        "lib/space/b.py": "def run(): return 1\n",
        "lib/a.py": "from lib import space\ndef run(): return getattr(space, 'run', None)\n",
        "tests/test_a.py": """
            import lib.a, lib.space.b
            def test_it(): assert lib.a.run() is None
            def test_run(): assert lib.space.b.run() == 1
        """,
    },
)
_more(
    "a helper that a test imports late",
    {"tests/late_helper.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "tests/late_helper.py": "LIMIT = 1\n",
        "tests/test_a.py": """
            import importlib
            def test_it(): assert importlib.import_module("late_" + "helper").LIMIT == 1
        """,
    },
)
_more(
    "a module on a path that conftest.py adds, imported late",
    {"vendor/adv_dep.py": ("return 1", "return 2")},
    {
        "vendor/adv_dep.py": "def value(): return 1\n",
        "lib/a.py": "def value():\n    import adv_dep\n    return adv_dep.value()\n",
        "tests/conftest.py": """
            import pathlib, sys
            sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "vendor"))
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.value() == 1
            def test_again(): assert lib.a.value() == 1
        """,
    },
    "test_it test_again",
    everything=True,
)
_more(
    "a script that is loaded by its path",
    {"plugins/one.py": ("VALUE = 1", "VALUE = 2")},
    {
        "plugins/one.py": "VALUE = 1\n",
        "lib/a.py": """
            import importlib.util
            def load(path):
                spec = importlib.util.spec_from_file_location("one_plugin", path)
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                return module
        """,
        "tests/test_a.py": """
            import pathlib, lib.a
            PLUGIN = pathlib.Path(__file__).parents[1] / "plugins" / "one.py"
            def test_it(): assert lib.a.load(PLUGIN).VALUE == 1
        """,
    },
)
_more(
    "a script that runpy runs",
    {"scripts/one.py": ("VALUE = 1", "VALUE = 2")},
    {
        "scripts/one.py": "VALUE = 1\n",
        "tests/test_a.py": """
            import pathlib, runpy
            ROOT = pathlib.Path(__file__).parents[1]
            def test_it(): assert runpy.run_path(str(ROOT / "scripts/one.py"))["VALUE"] == 1
        """,
    },
)

# Tests, fixtures and plugins.

_add(
    "a string names what monkeypatch sets",
    """
        LIMIT = 1
        def other(): return 1
    """,
    """
        import lib.a
        def test_it(monkeypatch):
            monkeypatch.setattr("lib.a.LIMIT", 3)
        def test_near(): assert lib.a.other() == 1
    """,
    "LIMIT = 1\n",
    "",
)
_add(
    "a string names what mock.patch replaces",
    """
        def fetch(): return 1
        def cached(): return (globals().get("fetch") or (lambda: 0))()
    """,
    """
        from unittest import mock
        import lib.a
        @mock.patch("lib.a.fetch", return_value=2)
        def test_it(fetch): assert lib.a.cached() == 2
    """,
    "def fetch(): return 1\n",
    "",
)
_add(
    "a mock with the signature of what it replaces",
    """
        def fetch(): return 1
        def use(): return fetch()
    """,
    """
        from unittest import mock
        def test_it():
            with mock.patch("lib.a.fetch", autospec=True) as fetch:
                import lib.a
                lib.a.use()
                assert fetch.called
    """,
    "def fetch():",
    "def fetch(url):",
)
_add(
    "cases of a parametrised test, by the same names",
    """
        CASES = {"one": 1, "two": 2}
    """,
    """
        import pytest
        from lib.a import CASES
        @pytest.mark.parametrize("n", list(CASES.values()), ids=list(CASES))
        def test_it(n): assert n < 3
        def test_near(): pass
    """,
    '"two": 2',
    '"two": 3',
    noticing="test_it[two]",
)
_add(
    "cases of a parametrised test that a function makes",
    """
        def _numbers(): return [1, 2]
        def build(): return list(_numbers())
    """,
    """
        import pytest
        import lib.a
        def cases(): return lib.a.build()
        @pytest.mark.parametrize("n", cases(), ids=["one", "two"])
        def test_it(n): assert n < 3
    """,
    "[1, 2]",
    "[1, 3]",
    noticing="test_it[two]",
)
_more(
    "pytest_generate_tests in conftest.py",
    {"lib/a.py": ("2]", "3]")},
    {
        "lib/a.py": "CASES = [1, 2]\n",
        "tests/sub/conftest.py": """
            import lib.a
            def pytest_generate_tests(metafunc):
                if "n" in metafunc.fixturenames:
                    metafunc.parametrize("n", lib.a.CASES, ids=["one", "two"])
        """,
        "tests/sub/test_a.py": "def test_it(n): assert n < 3\n",
    },
    "test_it[two]",
)
_more(
    "pytest_collection_modifyitems marks what the library lists",
    {"lib/a.py": ('["test_it"]', "[]")},
    {
        "lib/a.py": 'BROKEN = ["test_it"]\n',
        "tests/sub/conftest.py": """
            import pytest, lib.a
            def pytest_collection_modifyitems(items):
                for item in items:
                    if item.name in lib.a.BROKEN:
                        item.add_marker(pytest.mark.xfail)
        """,
        "tests/sub/test_a.py": "def test_it(): assert False\n",
    },
)
_more(
    "a collector in conftest.py",
    {"lib/a.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "lib/a.py": "LIMIT = 1\n",
        "tests/sub/conftest.py": """
            import pytest, lib.a
            def pytest_collect_file(parent, file_path):
                if file_path.suffix == ".case":
                    return File.from_parent(parent, path=file_path)
            class File(pytest.File):
                def collect(self): yield Item.from_parent(self, name="case")
            class Item(pytest.Item):
                funcargs = {}
                def runtest(self): assert int(self.path.read_text()) == lib.a.LIMIT
        """,
        "tests/sub/one.case": "1\n",
    },
    "case",
)
_more(
    "a fixture that a nearer conftest.py overrides",
    {"tests/sub/conftest.py": None},
    {
        "tests/conftest.py": """
            import pytest
            @pytest.fixture
            def value(): return 1
        """,
        "tests/sub/conftest.py": """
            import pytest
            @pytest.fixture
            def value(value): return value + 1
        """,
        "tests/sub/test_a.py": "def test_it(value): assert value == 2\n",
        "tests/test_b.py": "def test_far(value): assert value == 1\n",
    },
)
_more(
    "a fixture of another name than its function",
    {"lib/a.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "lib/a.py": "LIMIT = 1\n",
        "tests/conftest.py": """
            import pytest, lib.a
            @pytest.fixture(name="value")
            def make_value(): return lib.a.LIMIT
        """,
        "tests/test_a.py": "def test_it(value): assert value == 1\n",
    },
)
_more(
    "a fixture that a computed name asks for",
    {"lib/a.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "lib/a.py": "LIMIT = 1\n",
        "tests/conftest.py": """
            import pytest, lib.a
            @pytest.fixture
            def value_one(): return lib.a.LIMIT
        """,
        "tests/test_a.py": """
            def test_it(request): assert request.getfixturevalue("value_" + "one") == 1
            def test_near(): pass
        """,
    },
)
_more(
    "a fixture that the settings of pytest use",
    {"lib/a.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "lib/a.py": "LIMIT = 1\n",
        "tests/conftest.py": """
            import os, pytest, lib.a
            @pytest.fixture
            def limited(monkeypatch): monkeypatch.setenv("ADV_LIMIT", str(lib.a.LIMIT))
        """,
        "tests/test_a.py": """
            import os
            def test_it(): assert os.environ["ADV_LIMIT"] == "1"
        """,
    },
    everything=True,
    options='usefixtures = "limited"',
)
_more(
    "a fixture that a mark of the class uses",
    {"lib/a.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "lib/a.py": "LIMIT = 1\n",
        "tests/conftest.py": """
            import os, pytest, lib.a
            @pytest.fixture
            def limited(monkeypatch): monkeypatch.setenv("ADV_LIMIT", str(lib.a.LIMIT))
        """,
        "tests/test_a.py": """
            import os, pytest
            limits = pytest.mark.usefixtures("limited")
            @limits
            class TestLimits:
                def test_it(self): assert os.environ["ADV_LIMIT"] == "1"
        """,
    },
    "TestLimits::test_it",
)
_more(
    "fixtures of a plugin that is part of the library",
    {"lib/testing.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "lib/testing.py": """
            import pytest
            LIMIT = 1
            @pytest.fixture(autouse=True)
            def limited(monkeypatch): monkeypatch.setenv("ADV_LIMIT", str(LIMIT))
            @pytest.fixture(params=[1])
            def number(request): return request.param
        """,
        "conftest.py": 'pytest_plugins = ["lib.testing"]\n',
        "tests/test_a.py": """
            import os
            def test_it(): assert os.environ["ADV_LIMIT"] == "1"
        """,
    },
    everything=True,
)
_more(
    "the parameters of a fixture in a plugin that is part of the library",
    {"lib/testing.py": ("params=[[1]]", "params=[[2]]")},
    {
        "lib/testing.py": """
            import pytest
            @pytest.fixture(params=[[1]])
            def number(request): return request.param
        """,
        "conftest.py": 'pytest_plugins = ["lib.testing"]\n',
        "tests/test_a.py": "def test_it(number): assert number == [1]\n",
    },
    "test_it[number0]",
)
_more(
    "a plugin beside the tests, named by -p",
    {"adv_plugin.py": ("return 1", "return 2")},
    {
        "adv_plugin.py": """
            import pytest
            @pytest.fixture
            def number(): return 1
        """,
        "tests/test_a.py": "def test_it(number): assert number == 1\n",
    },
    everything=True,
    options='addopts = "-p adv_plugin"',
)
_more(
    "tests that a class inherits from another file",
    {"lib/a.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "lib/a.py": "LIMIT = 1\nELSE = 1\n",
        "tests/adv_base.py": """
            class Base:
                def test_it(self): assert self.make() == 1
                def test_limit(self): assert self.limit == 1
        """,
        "tests/test_a.py": """
            import lib.a
            from adv_base import Base
            class TestA(Base):
                limit = lib.a.LIMIT
                def make(self): return lib.a.LIMIT
        """,
    },
    "TestA::test_it TestA::test_limit",
)
_more(
    "a unittest class whose base sets it up in another file",
    {"lib/a.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "lib/a.py": "LIMIT = 1\n",
        "tests/adv_base.py": """
            import unittest
            import lib.a
            class Base(unittest.TestCase):
                @classmethod
                def setUpClass(cls): cls.limit = lib.a.LIMIT
        """,
        "tests/test_a.py": """
            import adv_base
            class TestA(adv_base.Base):
                def test_it(self): assert self.limit == 1
        """,
    },
    "TestA::test_it",
    everything=True,
)
_more(
    "the namespace of doctests",
    {"lib/a.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "lib/a.py": "LIMIT = 1\n",
        "lib/b.py": '''
            def shown():
                """Show it.

                >>> bound
                1
                """
        ''',
        "conftest.py": """
            import pytest, lib.a
            @pytest.fixture(autouse=True)
            def names(doctest_namespace): doctest_namespace["bound"] = lib.a.LIMIT
        """,
    },
    "lib.b.shown",
    everything=True,
    options='addopts = "--doctest-modules"\ntestpaths = ["lib", "tests"]',
)
_more(
    "a setting in pytest.ini",
    {"pytest.ini": ("xfail_strict = false", "xfail_strict = true")},
    {
        "pytest.ini": "[pytest]\nxfail_strict = false\nasyncio_default_fixture_loop_scope = function\n",
        "tests/test_a.py": """
            import pytest
            @pytest.mark.xfail
            def test_it(): pass
        """,
    },
    everything=True,
)
_more(
    "a fixture of the session that calls the library",
    {"lib/a.py": ("return [1]", "return [2]")},
    {
        "lib/a.py": "def load(): return [1]\n",
        "tests/test_a.py": """
            import pytest, lib.a
            @pytest.fixture(scope="session")
            def loaded(): return lib.a.load()
            def test_it(loaded): assert loaded
            def test_again(loaded): assert loaded == [1]
            def test_near(): pass
        """,
    },
    "test_again",
)

# Values that pass from test to test.

_more(
    "a thread of the module that works for several tests",
    {"lib/a.py": ("n + 1", "n + 2")},
    {
        "lib/a.py": """
            import queue, threading
            asked, answers = queue.Queue(), queue.Queue()
            def double(n): return n * 2
            def add(n): return n + 1
            def work():
                while True:
                    function, n = asked.get()
                    if function is None: return
                    answers.put(function(n))
            def ask(function, n):
                asked.put((function, n))
                return answers.get(timeout=5) if function else None
        """,
        "tests/test_a.py": """
            import threading, pytest, lib.a
            @pytest.fixture(scope="module", autouse=True)
            def worker():
                thread = threading.Thread(target=lib.a.work)
                thread.start()
                yield
                lib.a.ask(None, 0)
                thread.join()
            def test_double(): assert lib.a.ask(lib.a.double, 1) == 2
            def test_it(): assert lib.a.ask(vars(lib.a)["ad" + "d"], 1) == 2
        """,
    },
)
_more(
    "a loop of the session that runs tasks of several tests",
    {"lib/a.py": ("n + 1", "n + 2")},
    {
        "lib/a.py": """
            import asyncio
            async def double(n): return n * 2
            async def add(n):
                await asyncio.sleep(0)
                return n + 1
        """,
        "tests/test_a.py": """
            import asyncio, pytest, lib.a
            @pytest.fixture(scope="session")
            def loop():
                found = asyncio.new_event_loop()
                yield found
                found.close()
            def test_double(loop): assert loop.run_until_complete(lib.a.double(1)) == 2
            def test_it(loop): assert loop.run_until_complete(getattr(lib.a, "ad" + "d")(1)) == 2
        """,
    },
)
_more(
    "a generator that a fixture of the session keeps",
    {"lib/a.py": ("yield 2", "yield 3")},
    {
        "lib/a.py": "def numbers():\n    yield 1\n    yield 2\n",
        "tests/test_a.py": """
            import pytest, lib.a
            @pytest.fixture(scope="session")
            def running(): return lib.a.numbers()
            def test_first(running): assert next(running) == 1
            def test_it(running): assert next(running) == 2
        """,
    },
)
_more(
    "a task that is started in one test and awaited in another",
    {"lib/a.py": ("return 1", "return 2")},
    {
        "lib/a.py": """
            import asyncio
            async def slow():
                await asyncio.sleep(0)
                return 1
        """,
        "tests/test_a.py": """
            import asyncio, pytest, lib.a
            KEPT = {}
            @pytest.fixture(scope="module")
            def loop():
                found = asyncio.new_event_loop()
                yield found
                found.close()
            def test_start(loop):
                async def start():
                    KEPT["task"] = asyncio.ensure_future(lib.a.slow())
                    await asyncio.sleep(0)
                loop.run_until_complete(start())
            def test_it(loop): assert loop.run_until_complete(KEPT["task"]) == 1
        """,
    },
    escapes="What one test leaves for another is only seen in another order of the tests.",
)
_more(
    "what is freed in another test than it was made in",
    {"lib/a.py": ('"freed"', '"gone"')},
    {
        "lib/a.py": """
            import weakref
            LOG = []
            class Thing: pass
            def made():
                thing = Thing()
                weakref.finalize(thing, note)
                return thing
            def note(): LOG.append("freed")
        """,
        "tests/test_a.py": """
            import lib.a
            KEPT = []
            def test_make(): KEPT.append(lib.a.made())
            def test_it():
                KEPT.clear()
                assert lib.a.LOG == ["freed"]
        """,
    },
)
_more(
    "an object of the session that keeps a property",
    {"lib/a.py": ("return [1]", "return [2]")},
    {
        "lib/a.py": """
            import functools
            def load(): return [1]
            class Thing:
                @functools.cached_property
                def value(self): return load()
        """,
        "tests/conftest.py": """
            import pytest, lib.a
            @pytest.fixture(scope="session")
            def thing(): return lib.a.Thing()
        """,
        "tests/test_a.py": """
            def test_first(thing): assert thing.value
            def test_it(thing): assert thing.value == [1]
        """,
    },
    escapes="A property that an object keeps is only seen in another order of the tests: most objects do not outlive theirs.",
)

# Files.

_more(
    "a file that a link leads to",
    {"data/real.txt": ("1", "2")},
    {
        "data/real.txt": "1\n",
        "tests/test_a.py": """
            import pathlib
            def test_it(): assert pathlib.Path(__file__).with_name("link.txt").read_text() == "1\\n"
        """,
    },
    links={"tests/link.txt": "../data/real.txt"},
)
_more(
    "a module of the library that is a link to a file beside it",
    {"shared/impl.py": ("return 1", "return 2")},
    {
        "shared/impl.py": "def run(): return 1\n",
        "tests/test_a.py": """
            import lib.impl
            def test_it(): assert lib.impl.run() == 1
        """,
    },
    links={"lib/impl.py": "../shared/impl.py"},
)
_more(
    "a file of which only the case of the name changes",
    {"tests/Data.txt": None, "tests/data.txt": "1\n"},
    {
        "tests/Data.txt": "1\n",
        "tests/test_a.py": """
            import os, pathlib
            def test_it(): assert "Data.txt" in os.listdir(pathlib.Path(__file__).parent)
        """,
    },
)
_more(
    "data of the package, by importlib.resources",
    {"lib/data/sizes.txt": ("1", "2")},
    {
        "lib/data/sizes.txt": "1\n",
        "lib/a.py": """
            from importlib import resources
            def size(name): return int(resources.files("lib").joinpath("data", name + ".txt").read_text())
        """,
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.size("sizes") == 1
        """,
    },
)
_more(
    "templates that include each other by computed names",
    {"lib/templates/foot.txt": ("bye", "good bye")},
    {
        "lib/templates/page.txt": "hello {foot}\n",
        "lib/templates/foot.txt": "bye",
        "lib/a.py": """
            import functools, pathlib, string
            HERE = pathlib.Path(__file__).parent / "templates"
            @functools.lru_cache
            def source(name): return (HERE / f"{name}.txt").read_text()
            def render(name):
                fields = [field for _, field, _, _ in string.Formatter().parse(source(name)) if field]
                return source(name).format(**{field: render(field) for field in fields})
        """,
        "tests/test_a.py": """
            import lib.a
            def test_page(): assert lib.a.render("page")
            def test_it(): assert lib.a.render("page") == "hello bye\\n"
        """,
    },
)
_more(
    "a new file that a test counts",
    {"lib/b.py": "B = 1\n"},
    {
        "lib/a.py": "import pathlib\ndef number(): return len(list(pathlib.Path(__file__).parent.glob('[ab].py')))\n",
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.number() == 1
        """,
    },
)
_more(
    "a new conftest.py below",
    {
        "tests/sub/conftest.py": "import os, pytest\n@pytest.fixture(autouse=True)\ndef f(monkeypatch): monkeypatch.setenv('ADV_NEW', '1')\n"
    },
    {
        "tests/sub/test_a.py": """
            import os
            def test_it(): assert "ADV_NEW" not in os.environ
        """,
    },
)
_more(
    "a new method, for who lists them elsewhere",
    {"lib/a.py": ("class Commands:", "class Commands:\n    def do_close(self): return 2")},
    {
        "lib/a.py": "class Commands:\n    def do_open(self): return 1\n",
        "lib/b.py": "def names(cls): return [name for name in vars(cls) if name[:3] == 'do_']\n",
        "tests/test_a.py": """
            import lib.a, lib.b
            def test_it(): assert lib.b.names(lib.a.Commands) == ["do_open"]
        """,
    },
)
_more(
    "a new function, for a test of the public names",
    {"lib/a.py": ("def run(): return 1", "def run(): return 1\ndef more(): return 2")},
    {
        "lib/a.py": "def run(): return 1\n",
        "tests/test_a.py": """
            from lib import a
            def test_it(): assert [name for name in dir(a) if name[0] != "_"] == ["run"]
        """,
    },
)
_more(
    "a constant that only the code under __main__ uses",
    {"lib/__main__.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "lib/__main__.py": """
            LIMIT = 1
            if __name__ == "__main__":
                print(LIMIT)
        """,
        "tests/conftest.py": """
            import pathlib, pytest, subprocess, sys
            ROOT = pathlib.Path(__file__).parents[1]
            @pytest.fixture
            def run():
                def run(module):
                    command = [sys.executable, "-m", module]
                    return subprocess.run(command, cwd=ROOT, capture_output=True).stdout.strip()
                return run
        """,
        "tests/test_a.py": """
            def test_it(run): assert run("lib.__main__") == b"1"
        """,
    },
)
_add(
    "a handler that a table of formats names",
    """
        class Handlers:
            def on_open(self): return 1
        def has(kind): return hasattr(Handlers, "on_{}".format(kind))
    """,
    """
        import lib.a
        def test_it(): assert not lib.a.has("close")
    """,
    "class Handlers:",
    "class Handlers:\n    def on_close(self): return 2",
)
_add(
    "a key of globals() that is put together",
    """
        RATE_EU = 1
        def rate(where): return globals()[f"RATE_{where}"]
    """,
    """
        import lib.a
        def test_it(): assert lib.a.rate("EU") == 1
    """,
    "RATE_EU = 1",
    "RATE_EU = 2",
)
_add(
    "methods of a class that its own decorator reads at import",
    """
        def commands(cls):
            cls.names = [name for name in vars(cls) if name.startswith("do_")]
            return cls
        @commands
        class Shell:
            def do_open(self): return 1
        def help(): return ", ".join(Shell.names)
    """,
    """
        import lib.a
        def test_it(): assert lib.a.help() == "do_open"
    """,
    "class Shell:",
    "class Shell:\n    def do_close(self): return 2",
)
_more(
    "a star import that a later one hides",
    {"lib/two.py": ("OTHER = 2", "OTHER = 2\nLIMIT = 2")},
    {
        "lib/one.py": "LIMIT = 1\n",
        "lib/two.py": "OTHER = 2\n",
        "lib/a.py": "from lib.one import *\nfrom lib.two import *\ndef limit(): return LIMIT\n",
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.limit() == 1
        """,
    },
)
_more(
    "the order of star imports",
    {
        "lib/a.py": (
            "from lib.one import *\nfrom lib.two import *",
            "from lib.two import *\nfrom lib.one import *",
        )
    },
    {
        "lib/one.py": "LIMIT = 1\n",
        "lib/two.py": "LIMIT = 2\n",
        "lib/a.py": "from lib.one import *\nfrom lib.two import *\ndef limit(): return LIMIT\n",
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.limit() == 2
        """,
    },
)
_more(
    "a submodule that hides an attribute of its package",
    {"lib/pack/limit.py": "OTHER = 1\n", "lib/a.py": ("pass", "import lib.pack.limit")},
    {
        "lib/pack/__init__.py": "limit = 1\n",
        "lib/a.py": "import lib.pack\ndef load():\n    pass\ndef limit(): load(); return lib.pack.limit\n",
        "tests/test_a.py": """
            import lib.a
            def test_it(): assert lib.a.limit() == 1
        """,
    },
)
_add(
    "the metadata of an annotation",
    """
        from typing import Annotated, get_type_hints
        class Form:
            age: Annotated[int, 3]
        def most(cls): return get_type_hints(cls, include_extras=True)["age"].__metadata__[0]
    """,
    """
        import lib.a
        def test_it(): assert lib.a.most(lib.a.Form) == 3
    """,
    "[int, 3]",
    "[int, 4]",
)
_add(
    "a method that __getattr__ passed on",
    """
        class Inner:
            def run(self): return "inner"
        class Outer:
            def __getattr__(self, name): return getattr(Inner(), name)
        def call(name): return getattr(Outer(), name)()
    """,
    """
        import lib.a
        def test_it(): assert lib.a.call("r" "un") == "inner"
    """,
    "class Outer:",
    "class Outer:\n    def run(self): return 'outer'",
)
_add(
    "__contains__ added, by which `in` no longer goes through __iter__",
    """
        class Box:
            def __iter__(self): return iter([1])
        BOXES = [Box()]
    """,
    """
        import lib.a
        def test_it(): assert 1 in lib.a.BOXES[0]
    """,
    "class Box:",
    "class Box:\n    def __contains__(self, item): return False",
)
_more(
    "a fixture whose scope is the session, from a constant",
    {"lib/a.py": ("LIMIT = 1", "LIMIT = 2")},
    {
        "lib/a.py": "LIMIT = 1\n",
        "tests/conftest.py": """
            import pytest, lib.a
            @pytest.fixture(scope="session")
            def settings(): return {"limit": lib.a.LIMIT}
            @pytest.fixture
            def limit(settings): return settings["limit"]
        """,
        "tests/test_a.py": """
            def test_it(limit): assert limit == 1
            def test_near(): pass
        """,
    },
)
_more(
    "a mark that a test file takes from a helper",
    {"lib/a.py": ("BROKEN = True", "BROKEN = False")},
    {
        "lib/a.py": "BROKEN = True\n",
        "tests/test_marks.py": """
            import pytest, lib.a
            broken = pytest.mark.xfail(lib.a.BROKEN, reason="broken")
            def test_near(): pass
        """,
        "tests/test_a.py": """
            from test_marks import broken
            @broken
            def test_it(): assert False
        """,
    },
)
