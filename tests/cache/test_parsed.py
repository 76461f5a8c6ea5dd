import os

import pytest

from cache.parsed import ParsedCache

KEY, OTHER = b"k" * 32, b"o" * 32
RECORD = '["图解", "\\ud83d"]\n'.encode() * 50


@pytest.fixture
def kept(tmp_path):
    return ParsedCache(tmp_path / "parsed")


def files(tmp_path):
    return sorted((tmp_path / "parsed").iterdir())


def test_a_record_comes_back_for_its_list_and_key_alone(kept, tmp_path):
    assert kept.get("a.md", KEY) is None
    kept.put("a.md", KEY, RECORD)
    assert kept.get("a.md", KEY) == RECORD
    assert kept.get("a.md", OTHER) is None
    assert kept.get("b.md", KEY) is None
    assert ParsedCache(tmp_path / "parsed").get("a.md", KEY) == RECORD
    assert (files(tmp_path)[0].stat().st_mode & 0o777) == 0o600


def test_a_changed_list_replaces_its_record_and_a_forgotten_one_goes(kept, tmp_path):
    kept.put("a.md", KEY, RECORD)
    kept.put("../b/列表.md", KEY, b"b")
    kept.put("a.md", OTHER, b"")
    assert (kept.get("a.md", KEY), kept.get("a.md", OTHER)) == (None, b"")
    assert len(files(tmp_path)) == 2
    (tmp_path / "parsed" / f".x.list.{os.getpid()}").write_bytes(b"left by a kill")
    kept.keep({"../b/列表.md", "never read"})
    assert len(files(tmp_path)) == 1
    assert kept.get("../b/列表.md", KEY) == b"b"


def test_keeping_where_nothing_was_put_touches_nothing(kept, tmp_path):
    kept.keep({"a.md"})
    assert not (tmp_path / "parsed").exists()


def test_no_damage_is_ever_taken_for_a_record(kept, tmp_path):
    kept.put("a.md", KEY, RECORD)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert kept.get("a.md", KEY) is None
        path.write_bytes(whole[:place])
        assert kept.get("a.md", KEY) is None
    path.unlink()
    path.mkdir()
    assert kept.get("a.md", KEY) is None
