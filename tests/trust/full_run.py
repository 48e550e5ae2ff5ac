"""Whether to run all cases: `make trust` does, the suite runs a few of each kind."""

import os

FULL_RUN = bool(os.environ.get("THIS_TESTS_TRUST"))
