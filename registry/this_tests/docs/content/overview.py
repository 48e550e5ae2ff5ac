"""The content of the overview: the API as a tree of modules, with the number of tests of each callable."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...source.inventory import Inventory
from ...source.public_api import public_callables
from .. import messages
from .pages import Pages
from .ranking import PROVEN, STANDINGS

__all__ = ["Item", "ModuleOverview", "Overview", "overview", "overview_of", "page_summaries"]

_CLASSES = frozenset({"class", "exception"})

# Without JavaScript, a reader has to open modules one by one; with few callables, all are open.
_FEW = 400
# A page with a long table opens faster if the table is collapsed.
_MANY = 1000


@dataclass(frozen=True)
class Item:
    """A documented object.

    Attributes:
        name: Its documented name.
        objtype: What it is: ``function``, ``method``, …
        tests: How many tests exercise it.
        kinds: How many of them there are of each kind of evidence.
        has_all: Whether it has more tests than its section shows, and so a page with all of them.
        more: Whether there are further tests, in an unknown number.
        proven: How many tests are proven to fail without it.
    """

    name: str
    objtype: str
    tests: int = 0
    kinds: tuple[int, ...] = ()
    has_all: bool = False
    more: bool = False
    proven: int = 0


@dataclass(frozen=True)
class ModuleOverview:
    """A module with its objects and its submodules.

    Attributes:
        name: Its full name.
        items: Its own objects, sorted by name.
        modules: The modules below it.
        tested: How many objects in and below it have tests, of `total`.
    """

    name: str
    items: tuple[Item, ...]
    modules: tuple["ModuleOverview", ...]
    tested: int
    total: int

    @property
    def counts(self) -> str:
        """How many objects have tests, in a few words."""
        return messages.tested(self.tested, self.total)


@dataclass(frozen=True)
class Overview:
    """The whole API.

    Attributes:
        modules: The modules at the top.
        kinds: The kinds of evidence that occur, in words.
        counts: How many objects have tests, in a few words.
        proven: The title of the column with the tests that are proven to fail without an object; empty if
            there are none.
    """

    modules: tuple[ModuleOverview, ...] = ()
    kinds: tuple[str, ...] = ()
    counts: str = ""
    proven: str = ""

    @property
    def proven_explained(self) -> str:
        """What the column `proven` counts, in a sentence."""
        return messages.explained(PROVEN)

    def opens(self, module: ModuleOverview) -> bool:
        """Return whether a module is expanded at first: all of few objects, else those at the top."""
        few = sum(top.total for top in self.modules) <= _FEW
        return few or (len(module.items) <= _MANY and any(module is top for top in self.modules))


def overview_of(pages: Pages) -> Overview:
    """Return the overview of all callables that the pages describe."""
    classes = {documented.name for documented, _ in pages.primary() if documented.objtype in _CLASSES}
    return overview(_items(pages), classes, [messages.kind(standing) for standing in STANDINGS])


def page_summaries(pages: Pages) -> dict[str, str]:
    """Return how many of the callables on each page have tests, in words, for pages with several."""
    by_page: dict[str, list[Item]] = {}
    for item in _items(pages):
        by_page.setdefault(pages.names.primary[item.name][0], []).append(item)
    return {
        page: messages.page_tested(
            sum(item.tests > 0 for item in items), len(items), {item.objtype for item in items}
        )
        for page, items in by_page.items()
        if len(items) > 1
    }


def _items(pages: Pages) -> Iterator[Item]:
    # As in an inventory of these docs: `coverage` counts the same.
    inventory = Inventory({documented.name: documented.objtype for documented, _ in pages.primary()}, {})
    counted = {function.name for function in public_callables({}, inventory=inventory)}
    for documented, section in pages.primary():
        tested = section is not None and section.tests > 0
        excluded = documented.name not in counted or pages.is_off(documented)
        if not excluded and (tested or not pages.sections.leaves_out(documented)):
            kinds = section.kinds if section else (0,) * len(STANDINGS)
            tests = section.tests if section else 0
            has_all = bool(section and section.has_page)
            more = bool(section and section.more)
            proven = len(section.proven) if section else 0
            yield Item(documented.name, documented.objtype, tests, kinds, has_all, more, proven)


def overview(items: Iterable[Item], classes: Collection[str], kinds: Sequence[str]) -> Overview:
    """Return the overview of *items*.

    Args:
        classes: The documented names that are classes, not modules.
        kinds: The words for the kinds of evidence, in the order of each item's counts.
    """
    ordered = sorted(items, key=lambda item: item.name)
    used = [number for number in range(len(kinds)) if any(item.kinds[number] for item in ordered)]
    by_module: dict[str, list[Item]] = {}
    for item in ordered:
        counted = replace(item, kinds=tuple(item.kinds[number] for number in used))
        by_module.setdefault(_module_of(item.name, classes), []).append(counted)
    modules = _below("", by_module, _children(by_module))
    tested, total = _sums(modules)
    return Overview(
        modules=modules,
        kinds=tuple(kinds[number] for number in used),
        counts=messages.tested(tested, total),
        proven=messages.text("Proven") if any(item.proven for item in ordered) else "",
    )


def _module_of(name: str, classes: Collection[str]) -> str:
    owner = name.rpartition(".")[0]
    while owner in classes:
        owner = owner.rpartition(".")[0]
    return owner


def _children(by_module: Mapping[str, object]) -> dict[str, set[str]]:
    """Return the submodules of each module, including those without objects of their own."""
    children: dict[str, set[str]] = {}
    for name in by_module:
        below, above = name, name.rpartition(".")[0]
        while below:
            children.setdefault(above, set()).add(below)
            below, above = above, above.rpartition(".")[0]
    # Objects that are described without a module have a table, too.
    if "" in by_module:
        children.setdefault("", set()).add("")
    return children


def _below(
    parent: str, items: Mapping[str, Sequence[Item]], children: Mapping[str, set[str]]
) -> tuple[ModuleOverview, ...]:
    names = sorted(children.get(parent, ()))
    return tuple(_module(name, items, children if name else {}) for name in names)


def _module(
    name: str, items: Mapping[str, Sequence[Item]], children: Mapping[str, set[str]]
) -> ModuleOverview:
    own, below = tuple(items.get(name, ())), _below(name, items, children)
    if not own and len(below) == 1:
        return below[0]  # a level without content
    tested, total = _sums(below)
    return ModuleOverview(name, own, below, tested + sum(item.tests > 0 for item in own), total + len(own))


def _sums(modules: Iterable[ModuleOverview]) -> tuple[int, int]:
    found = list(modules)
    return sum(module.tested for module in found), sum(module.total for module in found)
