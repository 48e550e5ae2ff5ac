"""`show()` and `doctest()`: display a callable's tests in a notebook or a terminal.

`view` renders the tests. It is imported by the first call, because each test file imports `this_tests`, but
few display tests.
"""

import sys

__all__ = ["doctest", "show", "show_test"]


def show(target: object, /) -> None:
    """Display the tests that exercise *target*: folded in a notebook, as plain text in a terminal.

    The registry is that of the project around the current folder. A class or a module includes
    all callables below it.

    Args:
        target: Any target of `this_tests`: a function, a class, ``obj.method``, a module,
            or a name as a string.

    Raises:
        NotAFunctionError: The target is not callable.
        NotInApiError: The target is not part of the library's API.
        RegistryNotFoundError: The project has no registry yet.
        SettingsError: The library under test is not configured.

    Example:
        >>> import this_tests as library
        >>> library.show(library.merge)  # doctest: +SKIP
        this_tests.merge  2 tests
    """
    from .view import display

    display(target, sys._getframe(1), popup=False)


def show_test(target: object, /) -> None:
    """Alias of `show`, under fastai's name."""
    from .view import display

    display(target, sys._getframe(1), popup=False)


def doctest(target: object, /) -> None:
    """Display the same as `show`; in a notebook, in a panel above the page.

    Args:
        target: As for `show`, with the same errors.
    """
    from .view import display

    display(target, sys._getframe(1), popup=True)
