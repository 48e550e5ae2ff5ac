"""A module that no other module of the package imports."""


def dig():
    return None


class Mine:
    def dig(self):
        return None
