"""The reference suite in company: one line of JSON per row of the table, by the Python that runs this."""

import json
import sys
import tempfile
from pathlib import Path

from report import ROOT

sys.path.insert(0, str(ROOT / "tests" / "trust"))
from company import GUESTS, Guest, Host  # the path is set one line above


def main() -> None:
    """Receive each guest: with tests of its own, or watched by `observe`."""
    pytests = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        # Tests of a guest execute the library as others do, and so would change what was observed.
        hosts = {
            observe: Host(Path(name) / str(observe), sys.executable, observe=observe, pytests=pytests)
            for observe in (False, True)
        }
        for guest in GUESTS:
            print(
                json.dumps({"name": guest.name, "problem": _problem(hosts[not guest.case], guest)}),
                flush=True,
            )


def _problem(host: Host, guest: Guest) -> str | None:
    return host.receive(guest).problem if host.knows(guest) else None


if __name__ == "__main__":
    main()
