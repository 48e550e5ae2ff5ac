"""A module that nothing of the package imports."""


def dig():
    return None


class Mine:
    def dig(self):
        return None
