"""What the audit says of pip-audit's answers: never that all is well where nobody looked."""

import json

from .audit import verdict

KNOWN = {"name": "a", "version": "1.0", "vulns": []}
WEAK = {"name": "b", "version": "2.0", "vulns": [{"id": "PYSEC-1"}, {"id": "CVE-2"}]}
SKIPPED = {"name": "c", "skip_reason": "Dependency not found on PyPI"}


def of(*packages):
    return verdict(json.dumps({"dependencies": packages, "fixes": []}), "")


def test_a_weakness_fails_and_is_named():
    lines, code = of(KNOWN, WEAK)
    assert (lines[-1], code) == ("b 2.0: PYSEC-1, CVE-2", 1)
    assert lines[0].startswith("2 of 2 pinned packages audited, 1 weak")


def test_what_was_not_looked_up_is_told():
    lines, code = of(KNOWN, SKIPPED)
    assert code == 0
    assert lines == ["1 of 2 pinned packages audited, 0 weak", "not looked up: c"]


def test_nothing_looked_up_is_no_clean_result():
    for lines, code in (of(SKIPPED), verdict("", "requests failed: no route"), verdict("{}", "")):
        assert (len(lines), code) == (1, 0)
        assert lines[0].startswith("NOT AUDITED: ")
    assert "no route" in verdict("", "requests failed: no route")[0][0]
