"""What the tests of trust share: how much of them is run."""

import os

import pytest

# The suite runs a few cases of everything; `make trust` runs all.
WHOLE = bool(os.environ.get("THIS_TESTS_TRUST"))


@pytest.fixture(scope="session")
def whole() -> bool:
    """Tell whether all cases are asked for."""
    return WHOLE
