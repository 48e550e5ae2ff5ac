import collections.abc
import dataclasses
import enum
import functools
import typing


class _Base:
    def area(self):
        return 0

    def _hidden(self):
        return 0

    @classmethod
    def unit(cls):
        return cls

    @staticmethod
    def sides():
        return 0


class Round:
    """A mixin."""

    def radius(self):
        return 1


class Polygon(_Base):
    def corners(self):
        return 0

    corner_list = corners


class Square(Polygon):
    def corners(self):
        return super().corners()


class Circle(Round, _Base):
    def __init__(self, size):
        self.size = size

    def __call__(self):
        return self.size

    @property
    def diameter(self):
        return 2

    @functools.cached_property
    def circumference(self):
        return 3

    def scaled(self, by):
        return by

    doubled = functools.partialmethod(scaled, 2)


@dataclasses.dataclass(order=True)
class Config:
    size: int = 1


class Maker(type):
    def __new__(cls, name, bases, members):
        def made(self):
            return self

        return super().__new__(cls, name, bases, {**members, "made": made})

    def on_class(cls):
        return cls


class Registered(metaclass=Maker):
    pass


class ClassOnly(classmethod):
    """A class method that instances do not have, as Django's `View.as_view`."""

    def __get__(self, instance, owner=None):
        if instance is not None:
            raise AttributeError(owner)
        return super().__get__(instance, owner)


class Substituting(type):
    """A metaclass that overrides members of its classes, as that of SymPy's functions does."""

    @property
    def replaced(cls):
        return lambda rule: rule.get(cls, cls)

    @property
    def title(cls):
        return cls.__name__

    def renamed(cls, name):
        return cls, name


class Shared(classmethod):
    """Returns the metaclass's method of the same name on a class, as Astropy's `sharedmethod` does."""

    def __get__(self, instance, owner=None):
        if instance is None and hasattr(type(owner), self.__name__):
            return getattr(type(owner), self.__name__).__get__(owner)
        return super().__get__(instance, owner)


class Formula(metaclass=Substituting):
    order = 1

    def replaced(self, rule):
        return rule

    @property
    def title(self):
        return "Formula"

    @ClassOnly
    def parsed(cls, text):  # noqa: N805  # a class method
        return cls, text

    @Shared
    def renamed(cls, name):  # noqa: N805  # a class method
        return cls, name


class Sine(Formula):
    pass


class Corner(enum.Enum):
    LEFT = 1

    def turned(self):
        return self


class Descriptor:
    """Makes a new function at each access, as scikit-learn's metadata routing does."""

    def __init__(self, name):
        self.name = name

    def __get__(self, instance, owner):
        def func(*args):
            return self.name, instance, args

        return func


class _Accessor:
    def __init__(self, name, accessor):
        self._name = name
        self._accessor = accessor

    def __get__(self, instance, owner):
        return self._accessor if instance is None else self._accessor()


class _TextMethods:
    def upper(self):
        return self


class _Uncached:
    """Stores nothing but a class, as xarray's accessors do."""

    def __init__(self, accessor):
        self._accessor = accessor

    def __get__(self, instance, owner):
        return self._accessor if instance is None else self._accessor()


class Accessing(property):
    """A property whose getter is a class, as that of Astropy's `Table.read`."""

    def __get__(self, instance, owner=None):
        return self.fget(instance, owner)


class Reader:
    """The reader of a class, or of an instance of it."""

    def __init__(self, instance, owner):
        self._instance, self._owner = instance, owner

    def __call__(self, path):
        return self._owner, path

    def formats(self):
        return []


class Plotter:
    """An accessor's class that is public."""

    def line(self):
        return self


T = typing.TypeVar("T")


class _DateMethods(typing.Generic[T]):
    def year(self):
        return self


class _ForClass:
    """Computes a value for a class, as pydantic's `model_fields` does."""

    def __init__(self, getter):
        self.wrapped = getter

    def __get__(self, instance, owner):
        return self.wrapped(owner)


class _Corners:
    def first(self):
        return self


class Labelled(typing.Generic[T]):
    """A property with a type, as werkzeug's `environ_property`."""

    def __init__(self, name):
        self.name = name

    def __get__(self, instance, owner):
        return self if instance is None else self.name


class Series:
    label = Labelled[str]("label")

    @_ForClass
    def fields(self):
        return {"of": self}

    @property
    def corners(self) -> _Corners:
        return _Corners()

    @property
    def edges(self) -> "_Corners":
        return _Corners()

    @property
    def shape(self) -> Square:
        return Square()

    text = _Accessor("text", _TextMethods)
    plot = _Uncached(Plotter)
    dates = _Uncached(_DateMethods[int])
    read = Accessing(Reader)
    request = Descriptor("request")
    route = Descriptor("route")


class Label:
    @classmethod
    def of(cls):
        return cls

    def shown(self):
        return self


Tag = Label


class _Drawer:
    def draw(self):
        return self


# A method of a class that the library offers as a function.
label_of = Label.of

# A method of an object that has no public name.
draw = _Drawer().draw


def drawer():
    return _Drawer()


class Lookup(collections.abc.Mapping):
    """Inherits `get` and others from a class of the standard library."""

    def __getitem__(self, key):
        raise KeyError(key)

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0


class Pair(collections.namedtuple("_Pair", "first second")):  # noqa: PYI024  # as old libraries do
    __slots__ = ()


def _listed():
    """Listed in the package's `__all__`, although its name begins with an underscore."""
