"""`show()` and its popup: a callable's tests where one works with it, in a notebook or a terminal.

What is displayed is made by `view`, which is imported by the first call: each test file imports the
face, and hardly any of them shows anything.
"""

import sys

__all__ = ["doctest", "show", "show_test"]


def show(target: object, /) -> None:
    """Display the tests that exercise *target*: folded in a notebook, as plain text in a terminal.

    The registry is that of the project around the current folder. A class or a module stands
    for itself and all below it.

    Args:
        target: Anything that `this_tests` takes: a function, a class, ``obj.method``, a module,
            or a name as a string.

    Raises:
        NotAFunctionError: The target is nothing callable.
        NotInApiError: The target is not part of the library's API.
        RegistryNotFoundError: The project has no registry yet.
        SettingsError: The project does not say which library it tests.

    Example:
        >>> import this_tests as library
        >>> library.show(library.merge)  # doctest: +SKIP
        this_tests.merge  2 tests
    """
    from .view import display

    display(target, sys._getframe(1), popup=False)


def show_test(target: object, /) -> None:
    """Do as `show` does; fastai's name for it."""
    from .view import display

    display(target, sys._getframe(1), popup=False)


def doctest(target: object, /) -> None:
    """Display what `show` does in a panel above the notebook; in a terminal, as the same text.

    Args:
        target: As for `show`, with the same errors.
    """
    from .view import display

    display(target, sys._getframe(1), popup=True)
