"""What a release is made of: the same wheel each time, of nothing with a known vulnerability."""

import hashlib
import json
import tempfile
import tomllib
from pathlib import Path

from report import ROOT, Figure, call

__all__ = ["audited", "supply"]

_AUDIT = "known vulnerabilities in what is installed with us"


def supply(python: str) -> list[Figure]:
    """Build the wheel twice, and ask for what is known of our dependencies."""
    with tempfile.TemporaryDirectory() as name:
        return [_wheels(python, Path(name)), _audit(python, Path(name))]


def _wheels(python: str, folder: Path) -> Figure:
    first, second = (_wheel(python, folder / name) for name in ("first", "second"))
    value = f"SHA-256 {first}" if first == second else f"SHA-256 {first} and {second}"
    return Figure("two builds of the wheel", value, bool(first) and first == second)


def _wheel(python: str, folder: Path) -> str:
    done = call([python, "-m", "build", "--no-isolation", "--outdir", str(folder), "."])
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:])
    return "".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.whl"))


def _audit(python: str, folder: Path) -> Figure:
    wanted = folder / "requirements.txt"
    wanted.write_text("\n".join(_dependencies()) + "\n")
    options = ["--progress-spinner=off", "--format=json"]
    return audited(call([python, "-m", "pip_audit", "--requirement", str(wanted), *options]).stdout)


def audited(said: str) -> Figure:
    """Return the figure for what pip-audit *said*: it ends well, too, where it could look up nothing."""
    try:
        found = json.loads(said)["dependencies"]
    except ValueError:
        return Figure(_AUDIT, "the database cannot be reached from here", None)
    bad = [f"{package['name']} {vuln['id']}" for package in found for vuln in package.get("vulns", ())]
    unknown = sum("skip_reason" in package for package in found)
    value = f"{len(bad)} in {len(found) - unknown} packages"
    if unknown:
        value += f"; {unknown} could not be looked up from here"
    return Figure(_AUDIT, ", ".join([value, *bad]), False if bad else None if unknown else True)


def _dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [*project["dependencies"], *extras["sphinx"], *extras["kit"], *extras["fix"]]
