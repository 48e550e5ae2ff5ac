__all__ = ["shown"]


def shown():
    return None


def _hidden():
    return None
