"""pip-audit over requirements.lock: a known weakness fails; what could not be looked up is told.

    python -m tests.torture.audit

A network that does not answer, or an index without a record of weaknesses, fails nothing, but never
passes for a clean result either: then the only line begins with NOT AUDITED.
"""

import json
import subprocess
import sys

from tests.conftest import ROOT

SECONDS = 300
COMMAND = [
    *(sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--progress-spinner", "off"),
    *("--timeout", "5", "--format", "json", "-r", str(ROOT / "requirements.lock")),
]
ELSEWHERE = "run `make audit` where the lists of known weaknesses can be reached"


def verdict(out: str, err: str) -> tuple[list[str], int]:
    """What to print of pip-audit's JSON and messages, and the exit code: 1 for a weakness."""
    try:
        packages = json.loads(out)["dependencies"]
    except (ValueError, KeyError):
        why = (err.split("\n\n")[-1].strip().splitlines() or ["no answer"])[-1]
        return [f"NOT AUDITED: {why}; {ELSEWHERE}"], 0
    audited = [package for package in packages if "skip_reason" not in package]
    if not audited:
        why = f"none of {len(packages)} pinned packages could be looked up"
        return [f"NOT AUDITED: {why}; {ELSEWHERE}"], 0
    weak = [package for package in audited if package["vulns"]]
    lines = [f"{len(audited)} of {len(packages)} pinned packages audited, {len(weak)} weak"]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    lines += [f"not looked up: {', '.join(unknown)}"] if unknown else []
    for package in weak:
        names = ", ".join(found["id"] for found in package["vulns"])
        lines.append(f"{package['name']} {package['version']}: {names}")
    return lines, 1 if weak else 0


def main() -> int:
    """Audit; the exit code."""
    try:
        done = subprocess.run(COMMAND, capture_output=True, encoding="utf-8", timeout=SECONDS)
        lines, code = verdict(done.stdout, done.stderr)
    except subprocess.TimeoutExpired:
        lines, code = verdict("", f"no answer within {SECONDS} seconds")
    print(*lines, sep="\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
