"""Check for hard-coded device numbers such as cuda:1, which fail or collide on other machines."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from ..source.parsing import last_name, parsed, with_deep_stack
from .findings import Finding

__all__ = ["check_device_numbers"]

_NAMED: Final = re.compile(r"(?:cuda|xpu|mps|hip|npu|hpu|xla):\d+")
# Methods and functions whose first number is a device's: `x.cuda(1)`, `torch.cuda.set_device(1)`.
_MOVES: Final = frozenset({"cuda", "xpu", "npu", "hpu", "to", "set_device", "set_device_index"})
_SUPPRESSED: Final = re.compile(rb"#\s*this-tests:\s*off\s*\(\s*\S")
_LONGEST: Final = 120
_MESSAGE: Final = "use the fixture torch_device, or the device type without a number"


def check_device_numbers(file: str, source: bytes) -> tuple[Finding, ...]:
    """Return the hard-coded device numbers in *source*, in line order.

    ``"cuda:1"``, ``torch.device("cuda", 1)``, ``x.to(1)``, ``x.cuda(1)``, ``set_device(1)``,
    ``device=1``. A line with the comment ``# this-tests: off (reason)`` is left out.

    Args:
        file: The path to report in findings.

    Raises:
        SyntaxError: *source* is not valid Python.
    """
    lines = source.splitlines()
    found = {place for node in ast.walk(parsed(source)) for place in _numbers(node)}
    return tuple(
        Finding(file, line, "device-number", text, _MESSAGE)
        for line, text in sorted(found)
        if not _SUPPRESSED.search(lines[line - 1])
    )


def _numbers(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAMED.fullmatch(node.value):
        yield node.lineno, node.value
    elif isinstance(node, ast.Call):
        values = [keyword.value for keyword in node.keywords if keyword.arg in {"device", "device_index"}]
        for value in (*_positional(node), *values):
            if isinstance(value, ast.Constant) and type(value.value) is int:
                yield node.lineno, _written(node)


def _written(call: ast.Call) -> str:
    try:
        text = with_deep_stack(lambda: ast.unparse(call))
    except (RecursionError, ValueError):  # It is too deep, or has a number of thousands of digits.
        text = ""
    return text if 0 < len(text) <= _LONGEST else f"{last_name(call.func)}(…)"


def _positional(call: ast.Call) -> list[ast.expr]:
    if last_name(call.func) in _MOVES:
        return call.args[:1]
    return call.args[1:2] if last_name(call.func) == "device" else []
