"""Takes declarations of ``this_tests`` out of a source file, and leaves every other byte as it is."""

import ast
import re
import tokenize
from collections.abc import Container, Iterable, Iterator, Sequence

from ..source.parsing import last_name, parsed
from .declarations import NAME, Definition, is_marker
from .import_order import lines_of_import
from .source_text import SourceText
from .suppressions import SUPPRESSION

__all__ = ["without_declarations"]

_Import = ast.Import | ast.ImportFrom
_Block = list[ast.stmt]


def without_declarations(source: bytes) -> tuple[bytes, int]:
    """Return *source* without its declarations, and the number of these.

    Taken out are calls of ``this_tests`` that are statements, markers in decorators and in
    ``pytestmark``, comments ``# this-tests: off``, and the imports of ``this_tests`` that only those
    calls used. A block that had nothing else gets ``pass``.

    Raises:
        SyntaxError: It is not valid Python, as for `ValueError`, `RecursionError` and `MemoryError`.
    """
    text = SourceText(source)
    remover = _Remover(text)
    remover.run()
    new = text.encoded()
    if remover.count:
        parsed(new)  # What is written must be valid.
    return new, remover.count


class _Remover:
    """Edits one file."""

    def __init__(self, text: SourceText) -> None:
        self._text = text
        self._nodes = list(ast.walk(text.tree))
        self._bound = frozenset(_bound_names(self._nodes))
        self._used: set[str] = set()
        self._gone: set[ast.AST] = set()
        self.count = 0

    def run(self) -> None:
        blocks = list(_blocks(self._nodes))
        for node in self._nodes:
            if isinstance(node, Definition | ast.ClassDef):
                self._remove_decorators(node)
        for _, block in blocks:
            self._find_in(block)
        self._find_imports()
        for owner, block in blocks:
            self._remove_from(owner, block)
        self._remove_comments()

    # What goes.

    def _find_in(self, block: _Block) -> None:
        for node in block:
            if isinstance(node, ast.Expr) and (name := self._recorder(node.value)):
                self._used.add(name)
                self._take(node)
            elif isinstance(node, ast.Assign) and [last_name(target) for target in node.targets] == [
                "pytestmark"
            ]:
                self._find_markers(node)

    def _recorder(self, node: ast.expr) -> str:
        """Return the imported name by which an expression calls ``this_tests``, if it does."""
        if not isinstance(node, ast.Call):
            return ""
        function = node.func
        if isinstance(function, ast.Name) and (function.id, f"{NAME}.{NAME}") in self._bound:
            return function.id
        if isinstance(function, ast.Attribute) and function.attr == NAME:
            module = function.value
            if isinstance(module, ast.Name) and (module.id, NAME) in self._bound:
                return module.id
        return ""

    def _take(self, node: ast.stmt) -> None:
        self.count += 1
        self._gone.add(node)

    def _find_markers(self, node: ast.Assign) -> None:
        if is_marker(node.value):
            self._take(node)
        elif isinstance(node.value, ast.List | ast.Tuple):
            gone = [item for item in node.value.elts if is_marker(item)]
            if gone and len(gone) == len(node.value.elts):
                self._take(node)
            elif gone:
                self.count += len(gone)
                self._remove_items(node.value.elts, gone)

    def _find_imports(self) -> None:
        """Find the imports whose names were only used by what goes."""
        inside = {part for node in self._gone for part in ast.walk(node)}
        left = {part.id for part in self._nodes if isinstance(part, ast.Name) and part not in inside}
        unused = self._used - left - _exported(self._text.tree)
        for node in self._nodes:
            if isinstance(node, _Import):
                gone = [alias for alias in node.names if _bound(alias) in unused and _is_ours(node, alias)]
                if len(gone) == len(node.names):
                    self._gone.add(node)
                elif gone:
                    self._remove_items(node.names, gone)

    # How it goes.

    def _remove_from(self, owner: ast.AST, block: _Block) -> None:
        gone = [node for node in block if node in self._gone]
        if gone and len(gone) == len(block) and not isinstance(owner, ast.Module):
            self._text.replace(self._text.start(gone[0]), self._text.end(gone[0]), "pass")
            del gone[0]
        for node in gone:
            self._remove_statement(owner, block, node)

    def _remove_statement(self, owner: ast.AST, block: _Block, node: ast.stmt) -> None:
        number = block.index(node)
        before = block[number - 1] if number else None
        after = block[number + 1] if number + 1 < len(block) else None
        text = self._text
        if after is not None and after.lineno == node.end_lineno:
            text.replace(text.start(node), text.start(after), "")
        elif before is not None and before.end_lineno == node.lineno:
            text.replace(text.end(before), text.end(node), "")
        elif isinstance(owner, ast.Module) and isinstance(node, _Import):
            text.remove_lines(*lines_of_import(text, node))
        else:
            last = node.end_lineno or node.lineno
            # The line that `check --fix` sets between the call and a definition.
            is_set_apart = (
                not number
                and isinstance(owner, Definition)
                and isinstance(after, Definition | ast.ClassDef)
                and not text.line(last + 1).strip()
            )
            text.remove_lines(node.lineno, last + is_set_apart)

    def _remove_decorators(self, node: Definition | ast.ClassDef) -> None:
        for decorator in filter(is_marker, node.decorator_list):
            self.count += 1
            self._text.remove_lines(decorator.lineno, decorator.end_lineno or decorator.lineno)

    def _remove_items(self, items: Sequence[ast.expr | ast.alias], gone: Container[ast.AST]) -> None:
        """Take some items of a list out, with their commas."""
        text = self._text
        for number, item in enumerate(items):
            if item not in gone:
                continue
            if self._has_own_lines(item):
                text.remove_lines(item.lineno, item.end_lineno or item.lineno)
            elif number + 1 < len(items):
                text.replace(text.start(item), text.start(items[number + 1]), "")
            else:
                kept = [other for other in items if other not in gone][-1]
                text.replace(text.end(kept), text.end(item), "")

    def _has_own_lines(self, item: ast.expr | ast.alias) -> bool:
        text, last = self._text, item.end_lineno or item.lineno
        before = text.text[text.line_start(item.lineno) : text.start(item)]
        behind = text.text[text.end(item) : text.line_start(last + 1)]
        return not before.strip() and re.fullmatch(r",\s*(#.*)?\s*", behind) is not None

    def _remove_comments(self) -> None:
        if "this-tests:" not in self._text.text:
            return
        for token in self._text.tokens():
            if token.type == tokenize.COMMENT and (match := SUPPRESSION.search(token.string)):
                self.count += 1
                self._remove_comment(token, match)

    def _remove_comment(self, token: tokenize.TokenInfo, match: re.Match[str]) -> None:
        line, column = token.start
        text = self._text
        rest = (token.string[: match.start()] + token.string[match.end() :].lstrip()).rstrip()
        if not rest and not text.line(line)[:column].strip():
            text.remove_lines(line, line)
            return
        start = text.line_start(line) + column
        end = start + len(token.string)
        if not rest:
            start = text.line_start(line) + len(text.line(line)[:column].rstrip())
        text.replace(start, end, rest)


def _bound_names(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """Yield the names that imports of ``this_tests`` bind, with what they mean."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            ours = (alias for alias in node.names if _is_ours(node, alias))
            yield from ((_bound(alias), f"{NAME}.{NAME}") for alias in ours)
        elif isinstance(node, ast.Import):
            # `import this_tests.errors` binds `this_tests`, too.
            bound = ((alias.asname, alias.name) for alias in node.names)
            yield from (
                (asname or NAME, NAME)
                for asname, name in bound
                if name == NAME or (not asname and name.startswith(f"{NAME}."))
            )


def _is_ours(node: _Import, alias: ast.alias) -> bool:
    is_from_us = isinstance(node, ast.Import) or (node.module == NAME and not node.level)
    return is_from_us and alias.name == NAME


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name


def _exported(tree: ast.Module) -> frozenset[str]:
    """Return the strings of ``__all__``."""
    return frozenset(
        part.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(last_name(target) == "__all__" for target in node.targets)
        for part in ast.walk(node.value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


def _blocks(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.AST, _Block]]:
    """Yield all blocks of statements, with the node that they belong to."""
    for node in nodes:
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                yield node, block
