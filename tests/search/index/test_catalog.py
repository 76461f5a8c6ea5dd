"""The catalog gives back what was stored, finds by any name, and filters without reading texts."""

import hashlib
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache.errors import Damaged, StoreError, UnknownResource
from cache.records import Entry, Facts, Passage, Resource
from search.index import catalog
from search.index.catalog_rows import date, dated, pack, unpack
from search.index.edited import Edit
from search.index.selection import Selection

Stored = tuple[Resource, Facts, Sequence[Passage]]


def resource(number: int, kind: str | None = None, language: str | None = None) -> Resource:
    url = f"https://example.org/{number}"
    mention = Entry(
        f"list-{number % 2}", f"http://Example.org/{number}?ref=x", f"题目 {number}", "note 😀",
        ("Top", "Inner"), number, "author", "2017", 5, 2, 1, kind, 7,
    )  # fmt: skip
    alias = f"https://alias.example.org/{number}"
    id_ = hashlib.sha256(url.encode()).hexdigest()[:16]
    return Resource(id_, url, (alias,), f"题目 {number}", kind, language, (mention,))


def passages(of: Resource, count: int) -> list[Passage]:
    return [
        Passage(f"{of.id}:{n}", of.id, n, 10 * n, 10 * n + 9, f"text {n} of {of.url} 文本")
        for n in range(count)
    ]


RESOURCES: list[Stored] = []
for number, (kind, language, facts, count) in enumerate(
    [
        ("paper", "en", Facts("A", "2017", 4.7, 1.0, 3, 1.0, 1, 2, "full text", 31.4), 3),
        ("video", "zh", Facts(None, "2022-03-04", None, 0.0, 1.4, 0.3), 0),
        ("paper", "zh-Hans", Facts(published="2022-03", difficulty=2, tier=3), 2),
        (None, None, Facts(), 1),
        ("course", "en", Facts(published="next year", lists=70_000, evidence="abstract"), 0),
    ]
):
    made = resource(number, kind, language)
    RESOURCES.append((made, facts, passages(made, count)))

ROW_ORDINALS = np.array([0, 0, 0, 0, 1, 2, 3], np.int32)
ROW_PASSAGES = np.array([-1, 0, 1, 2, -1, 1, 0], np.int32)


def build(folder: Path, resources: Sequence[Stored] = RESOURCES) -> catalog.Catalog:
    folder.mkdir(exist_ok=True)
    assert catalog.write(folder, iter(resources)) == len(resources)
    catalog.write_rows(folder, ROW_ORDINALS, ROW_PASSAGES)
    return catalog.Catalog(folder)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> catalog.Catalog:
    return build(tmp_path_factory.mktemp("a folder with ? and # in it"))


def test_records_come_back_as_they_were(found: catalog.Catalog) -> None:
    assert found.count == 5
    assert found.records(range(5)) == [(stored, facts) for stored, facts, _ in RESOURCES]
    assert found.resource(2) == RESOURCES[2][0]
    assert found.facts(0) == RESOURCES[0][1]
    assert found.resources([3, 0, 3]) == [RESOURCES[n][0] for n in (3, 0, 3)]
    assert found.resources([]) == []
    assert found.ids() == [stored.id for stored, _, _ in RESOURCES]


def test_a_record_is_read_once(found: catalog.Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    first = found.records([2, 0])

    def asked(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(found, "_ask", asked)
    assert found.records([0, 2, 0]) == [first[1], first[0], first[1]]


def test_passages_come_back_as_they_were(found: catalog.Catalog) -> None:
    for ordinal, (_, _, expected) in enumerate(RESOURCES):
        assert found.passages(ordinal) == expected
        for passage in expected:
            assert found.passage(ordinal, passage.ordinal) == passage


@pytest.mark.parametrize(("ordinal", "number"), [(0, 3), (0, -1), (1, 0), (9, 0)])
def test_a_passage_that_is_not_there_is_unknown(
    found: catalog.Catalog, ordinal: int, number: int
) -> None:
    with pytest.raises(UnknownResource):
        found.passage(ordinal, number)


def test_an_ordinal_that_is_not_there_is_unknown(found: catalog.Catalog) -> None:
    with pytest.raises(UnknownResource, match="99"):
        found.resources([0, 99])


def test_rows_say_what_they_stand_for(found: catalog.Catalog) -> None:
    assert found.row_resources.tolist() == ROW_ORDINALS.tolist()
    assert found.row_passages.tolist() == ROW_PASSAGES.tolist()
    assert isinstance(found.figures, np.memmap)


def test_more_resources_than_one_statement_takes(tmp_path: Path) -> None:
    many = [(resource(n), Facts(), ()) for n in range(1203)]
    order = list(reversed(range(1203)))
    assert build(tmp_path, many).resources(order) == [many[n][0] for n in order]


@pytest.mark.parametrize(
    ("name", "ordinal"),
    [
        (RESOURCES[1][0].id, 1),
        (RESOURCES[1][0].id[:6], 1),
        (RESOURCES[1][0].id[:5], None),
        ("https://example.org/1", 1),
        ("http://example.org/1", 1),
        ("https://example.org/1/", 1),
        ("example.org/1", 1),
        (" https://example.org/1#part ", 1),
        ("https://alias.example.org/4", 4),
        ("http://Example.org/3?ref=x", 3),
        ("https://Example.org/3?ref=x", 3),
        ("HTTP://EXAMPLE.org/1", 1),
        ("http://example.org:80/1", 1),
        ("Example.org/3?ref=x", 3),
        ("//example.org/1", 1),
        ("example.org/\ud7ff", None),
        ("\udcff\udcfe-six-or-more", None),
        ("https://example.org/1\ud800", None),
        ("ftp://example.org/1", None),
        ("https://example.org/99", None),
        ("", None),
        ("http://[", None),
        ("%", None),
        ("______", None),
    ],
)
def test_finds_by_id_start_of_id_and_every_address(
    found: catalog.Catalog, name: str, ordinal: int | None
) -> None:
    assert found.find(name) == ordinal


def test_many_addresses_are_found_at_once(found: catalog.Catalog) -> None:
    many = [f"http://example.org/{n}" for n in range(-600, 3)]
    assert found.at([*many, "\ud800"])[600:] == [0, 1, 2, None]
    assert not any(ordinal is not None for ordinal in found.at(many)[:600])


def test_a_start_shared_by_two_ids_finds_neither(tmp_path: Path) -> None:
    twins = [(replace(RESOURCES[n][0], id=f"abcdefgh{n}"), Facts(), ()) for n in range(2)]
    folder = build(tmp_path, [*twins, *((resource(n), Facts(), ()) for n in range(9, 12))])
    assert folder.find("abcdefgh") is None
    assert folder.find("abcdefgh1") == 1


def test_of_two_resources_with_one_address_the_first_answers(tmp_path: Path) -> None:
    rival = replace(resource(7), aliases=("https://example.org/0",))
    catalog_ = build(tmp_path, [*RESOURCES, (rival, Facts(), ())])
    assert catalog_.find("https://example.org/0") == 0


def ordinals(selection: Selection | None) -> list[int] | None:
    return None if selection is None else np.flatnonzero(selection.mask).tolist()


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, None),
        ({"kinds": ["paper"]}, [0, 2]),
        ({"kinds": ["paper", "video"]}, [0, 1, 2]),
        ({"kinds": ["no such kind"]}, []),
        ({"languages": ["zh"]}, [1, 2]),
        ({"languages": ["zh-Hans"]}, [1, 2]),
        ({"after": "2022"}, [1, 2]),
        ({"after": "2022-03-05"}, [2]),  # some day of March 2022
        ({"after": "2023"}, []),
        ({"before": "2022"}, [0]),
        ({"before": "2022-03-05"}, [0, 1, 2]),
        ({"before": "2022-03-04"}, [0, 2]),
        ({"lists": ["list-0"]}, [0, 2, 4]),
        ({"lists": ["list-0", "list-1"]}, [0, 1, 2, 3, 4]),
        ({"lists": ["none"]}, []),
        ({"sites": ["example.org"]}, [0, 1, 2, 3, 4]),
        ({"sites": ["www.Example.org"]}, [0, 1, 2, 3, 4]),
        ({"sites": ["ple.org"]}, []),
        ({"sites": ["alias.example.org"]}, []),  # not what opens
        ({"sites": ["org", "x"]}, [0, 1, 2, 3, 4]),
        ({"max_minutes": 30}, []),
        ({"max_minutes": 31}, [0]),
        ({"min_stars": 4.5}, [0]),
        ({"min_stars": 5}, []),
        ({"kinds": ["paper"], "languages": ["en"], "lists": ["list-0"]}, [0]),
    ],
)
def test_filters(
    found: catalog.Catalog, filters: dict[str, object], expected: list[int] | None
) -> None:
    assert ordinals(found.selection(**filters)) == expected  # type: ignore[arg-type]


def test_lists_are_named_in_order(found: catalog.Catalog) -> None:
    assert found.list_ids() == ["list-0", "list-1"]
    assert found.members("list-1").tolist() == [1, 3]
    assert found.list_counts() == {"list-0": 3, "list-1": 2}
    assert found.list_counts(found.selection(kinds=["paper"])) == {"list-0": 2, "list-1": 0}


def test_counts(found: catalog.Catalog) -> None:
    assert found.counts() == {
        "kinds": {"paper": 2, "course": 1, "video": 1},
        "languages": {"en": 2, "zh": 2},
        "levels": {"advanced": 1, "beginner": 1, "intermediate": 1},
        "levels_given": {"advanced": 1},
    }
    assert list(found.counts()["kinds"]) == ["paper", "course", "video"]
    assert found.counts(found.selection(languages=["en"]))["kinds"] == {"course": 1, "paper": 1}


def test_levels_are_counted_as_facts_have_them(tmp_path: Path) -> None:
    levels = [1, 1.49, 1.5, 1.51, 2, 2.5, 2.51, 3, None]
    many = [(resource(n), Facts(difficulty=d), ()) for n, d in enumerate(levels)]
    counted = build(tmp_path, many).counts()["levels"]
    expected = [facts.level for _, facts, _ in many if facts.level]
    assert counted == {level: expected.count(level) for level in set(expected)}


def test_figures_keep_what_priors_need(found: catalog.Catalog) -> None:
    first, _, third, bare, last = found.figures
    assert first["rating"] == pytest.approx(4.7)
    assert (first["published"], third["published"], last["published"]) == (20170000, 20220300, 0)
    assert np.isnan(bare["rating"])
    assert np.isnan(bare["minutes"])
    assert (bare["kind"], bare["tier"], bare["language"]) == (0, 0, b"")
    assert last["lists"] == 65_535
    assert (first["evidence"], bare["evidence"], last["evidence"]) == (0, 3, 1)


def test_equal_resources_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        build(tmp_path / name)
    for file in (catalog.DATABASE, catalog.FACTS, catalog.ROWS):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert sorted(f.name for f in (tmp_path / "a").iterdir()) == [
        catalog.FACTS, catalog.DATABASE, catalog.ROWS,
    ]  # fmt: skip


def test_nothing_is_a_catalog_too(tmp_path: Path) -> None:
    catalog.write(tmp_path, [])
    catalog.write_rows(tmp_path, np.empty(0, np.int32), np.empty(0, np.int32))
    empty = catalog.Catalog(tmp_path)
    assert empty.count == 0
    assert empty.find("https://example.org") is None
    assert ordinals(empty.selection(kinds=["paper"], after="2020", lists=["x"])) == []
    assert empty.counts() == {"kinds": {}, "languages": {}, "levels": {}, "levels_given": {}}


def test_threads_share_it(found: catalog.Catalog) -> None:
    failures: list[Exception] = []

    def ask() -> None:
        try:
            for ordinal in list(range(5)) * 40:
                assert found.resource(ordinal) == RESOURCES[ordinal][0]
        except Exception as error:  # a thread's failure must reach the test
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("file", [catalog.DATABASE, catalog.FACTS, catalog.ROWS])
@pytest.mark.parametrize("harm", ["missing", "noise", "of another catalog"])
def test_a_broken_catalog_is_damaged(tmp_path: Path, file: str, harm: str) -> None:
    build(tmp_path / "x")
    path = tmp_path / "x" / file
    path.unlink()
    if harm == "noise":
        path.write_bytes(b"neither a database nor an array " * 300)
    elif harm == "of another catalog":
        other = tmp_path / "other"
        build(other, [(resource(n), Facts(), ()) for n in range(40)])
        if file == catalog.ROWS:
            catalog.write_rows(other, np.array([39], np.int32), np.array([-1], np.int32))
        path.write_bytes((other / file).read_bytes())
    with pytest.raises(Damaged):
        catalog.Catalog(tmp_path / "x")


def test_a_damaged_page_is_named_when_it_is_read(tmp_path: Path) -> None:
    long = [(resource(n), Facts(), passages(resource(n), 3)) for n in range(400)]
    build(tmp_path, long)
    path = tmp_path / catalog.DATABASE
    content = bytearray(path.read_bytes())
    for page in range(3 * 8192, len(content), 8192):
        content[page : page + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(Damaged):  # at once, or with the first page that is needed
        catalog.Catalog(tmp_path).resources(range(400))


def test_a_disk_that_fails_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"resources\.db"):
        catalog.write(tmp_path / "missing", RESOURCES)


def test_no_other_process_can_change_a_catalog_through_it(found: catalog.Catalog) -> None:
    with pytest.raises(Damaged, match="readonly"):
        found._ask("DELETE FROM resources")


def test_half_characters_are_stored_as_question_marks(tmp_path: Path) -> None:
    odd = replace(resource(0), title="half \ud800 pair")
    text = Passage(f"{odd.id}:0", odd.id, 0, 0, 1, "half \udc00 pair")
    others = [(resource(n), Facts(), ()) for n in range(1, 5)]
    back = build(tmp_path, [(odd, Facts(), [text]), *others])
    assert back.resource(0).title == "half ? pair"
    assert back.passage(0, 0) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, 0),
        ("", 0),
        ("soon", 0),
        ("2017", 20170000),
        ("2022-03", 20220300),
        ("2022/3/4", 20220304),
        ("2022年12月", 20221200),
        ("2022-03-04T10:00:00Z", 20220304),
        ("20220304", 20220304),
        ("2017-2019", 20170000),
        ("2022-13-40", 20220000),
        ("2022-02-99", 20220200),
        ("2022.01.31", 20220131),
    ],
)
def test_dates(text: str | None, expected: int) -> None:
    assert date(text) == expected


@given(st.text())
def test_dates_never_raise_and_are_days(text: str) -> None:
    assert 0 <= date(text) <= 99991231


def test_a_date_may_mean_any_day_it_leaves_open() -> None:
    given_days = np.array([0, 20170000, 20220300, 20220304], np.int32)
    may, sure = dated(given_days, after="2017-05", before="2022-03-10")
    assert may.tolist() == [False, True, True, True]
    assert sure.tolist() == [False, False, False, True]
    assert dated(given_days, before="2022-04")[1].tolist() == [False, True, True, True]


@given(st.text())
def test_texts_unpack_to_what_was_packed(text: str) -> None:
    assert unpack(pack(text)) == text


def tables(folder: Path) -> dict[str, list[Any]]:
    """What the tables of a catalog hold, passages by the resource that they are of."""
    with closing(sqlite3.connect(folder / "resources.db")) as database:
        held = {
            name: sorted(database.execute(f"SELECT * FROM {name}"))
            for name in ("addresses", "lists", "sites")
        }
        held["resources"] = sorted(row[:9] for row in database.execute("SELECT * FROM resources"))
    held["lists"] = sorted(row[1:] for row in held["lists"])
    read = catalog.Catalog(folder)
    held["passages"] = [read.passages(ordinal) for ordinal in range(read.count)]
    return held


def test_an_edit_gives_the_records_of_a_catalog_written_so(tmp_path: Path) -> None:
    old, new, whole = (tmp_path / name for name in ("old", "new", "whole"))
    build(old)
    before = (old / "resources.db").read_bytes()
    other = (resource(7, "book", "de"), Facts("B"), passages(resource(7), 4))
    more = (resource(8), Facts(), ())
    wanted = [RESOURCES[0], other, RESOURCES[2], RESOURCES[3], RESOURCES[4], more]
    kept = np.array([True, False, True, True, True, False])
    new.mkdir()
    assert catalog.write(new, [other, more], Edit(old, 5, kept)) == 6
    build(whole, wanted)
    catalog.write_rows(new, ROW_ORDINALS, ROW_PASSAGES)
    assert tables(new) == tables(whole)
    assert (new / "facts.npy").read_bytes() == (whole / "facts.npy").read_bytes()
    assert (old / "resources.db").read_bytes() == before
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    catalog.write(fewer, [RESOURCES[1]], Edit(new, 6, np.array([True, False, True])))
    first = tmp_path / "first"
    first.mkdir()
    catalog.write(first, RESOURCES[:3])
    catalog.write_rows(fewer, ROW_ORDINALS[:6], ROW_PASSAGES[:6])
    catalog.write_rows(first, ROW_ORDINALS[:6], ROW_PASSAGES[:6])
    assert tables(fewer) == tables(first)
