from .._functions import tuned  # noqa: F401


def assert_round(shape):
    return None
