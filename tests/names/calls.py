"""Helpers: calls of ``this_tests`` from source text, and inventories from lines."""

import linecache
import sys
import zlib

HEADER = (
    b"# Sphinx inventory version 2\n# Project: shapes\n# Version: 1\n# The rest is compressed with zlib.\n"
)


def inventory(*lines):
    """Return the bytes of an inventory; a line with only a name lists a function."""
    entries = [line if " " in line else f"{line} py:function 1 api.html#$ -" for line in lines]
    return HEADER + zlib.compress("".join(f"{entry}\n" for entry in entries).encode())


def written(names, call, **variables):
    """Return the resolutions of the arguments of ``this_tests(…)``, given as source text."""
    return run(names, f"return this_tests({call})", **variables)


def run(names, statement, **variables):
    """Return the value that a test returns, whose body is given as source text."""
    source = f"def test():\n    {statement}\n"
    filename = f"<test {id(names)} {statement}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)

    def this_tests(*targets):
        caller = sys._getframe(1)
        return [names.resolve(target, caller, position=i) for i, target in enumerate(targets)]

    space = {**variables, "this_tests": this_tests}
    exec(compile(source, filename, "exec"), space)
    return space["test"]()
