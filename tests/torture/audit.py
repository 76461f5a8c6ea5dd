"""pip-audit over requirements.lock: a known weakness fails; what could not be looked up is told.

A network that does not answer, or an index without a record of weaknesses, is no failure, but
never passes for a clean result either: how many packages were looked up is the first line.
"""

import json
import subprocess
import sys

from tests.conftest import ROOT

COMMAND = [
    *(sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--progress-spinner", "off"),
    *("--format", "json", "-r", str(ROOT / "requirements.lock")),
]


def main() -> int:
    """The exit code: 1 for a known weakness, 0 otherwise."""
    done = subprocess.run(COMMAND, capture_output=True, text=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(f"nothing was audited: {(done.stderr.splitlines() or ['no answer'])[-1]}")
        return 0
    audited = [package for package in packages if "skip_reason" not in package]
    weak = [package for package in audited if package["vulns"]]
    print(f"{len(audited)} of {len(packages)} pinned packages audited, {len(weak)} with weaknesses")
    for package in weak:
        names = ", ".join(found["id"] for found in package["vulns"])
        print(f"{package['name']} {package['version']}: {names}")
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main())
