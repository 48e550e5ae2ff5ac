"""How much is run: the suite runs a few cases of everything, and `make trust` all."""

import os

WHOLE = bool(os.environ.get("THIS_TESTS_TRUST"))
