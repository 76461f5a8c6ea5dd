from dataclasses import dataclass

import numpy as np
import pytest

from cache.rows import RowFile
from cache.vectors import VectorCache
from indexer.index import embedding
from indexer.index.embedding import Held, embed, texts_of
from search.index.centre import Census

DIM = 8


@dataclass
class Said:
    said: tuple[str, ...]

    @property
    def size(self):
        return len(self.said)

    def text(self, number):
        return self.said[number]


class Numbers:
    """Vectors that follow from the text alone, and the texts that were asked for."""

    model_id, dim = "numbers", DIM

    def __init__(self):
        self.asked = []

    def encode_passages(self, texts):
        self.asked += texts
        found = [np.random.default_rng(list(text.encode())).normal(size=DIM) for text in texts]
        found = np.array(found, np.float32).reshape(-1, DIM)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    encode_queries = encode_passages


WORKS = [
    Said(("Attention", "all of it", "and more")),
    *(Said((f"Reader {number % 30}",)) for number in range(45)),
    Said(("注意力机制", "多头")),
]
TEXTS = [text for work in WORKS for text in work.said]


@pytest.fixture
def kept(tmp_path):
    with VectorCache.open(tmp_path / "vectors", DIM) as cache:
        yield cache


NEW = Said(("One more",))


def test_texts_are_those_of_the_works_in_order():
    texts = texts_of(WORKS)
    assert list(texts) == TEXTS
    assert texts[3:9] == TEXTS[3:9]
    assert len(texts_of([])) == 0


def test_a_file_in_small_stretches_gives_what_memory_gives(kept, tmp_path, monkeypatch):
    whole, centres, count, *_ = embed(WORKS, ["one sentence"], Numbers(), kept, lambda *_: None)
    assert count == len(set(TEXTS))
    assert whole.shape == (len(TEXTS), DIM)
    assert np.allclose(np.linalg.norm(whole[:], axis=1), 1)
    monkeypatch.setattr(embedding, "CHUNK", 7)
    path = tmp_path / "x.rows"
    with RowFile(path, len(TEXTS), DIM) as file:
        rows, again, count, *_ = embed(
            WORKS, ["one sentence"], Numbers(), kept, lambda *_: None, lambda *_: file
        )
        assert rows is file
        assert np.allclose(rows[:], whole[:], atol=1e-6)
    assert count == 0
    assert again.spread == pytest.approx(centres.spread, rel=1e-4)


def test_each_missing_text_is_embedded_once_and_counted(kept, monkeypatch):
    monkeypatch.setattr(embedding, "CHUNK", 7)
    embedder, heard = Numbers(), []
    kept.append(["Reader 3"], Numbers().encode_passages(["Reader 3"]))
    wanted = set(TEXTS) - {"Reader 3"}
    rows, _, count, *_ = embed(WORKS, [], embedder, kept, lambda *said: heard.append(said))
    passages = [text for text in embedder.asked if text in wanted]
    assert sorted(passages) == sorted(wanted)
    assert "Reader 3" not in embedder.asked
    assert count == len(wanted)
    assert heard[-1] == ("embed", count, count)
    assert [done for _, done, _ in heard] == sorted(done for _, done, _ in heard)
    equal = [row for row, text in enumerate(TEXTS) if text == "Reader 7"]
    assert np.array_equal(rows[equal[0] : equal[0] + 1], rows[equal[1] : equal[1] + 1])


def test_no_work_has_no_vectors(kept):
    rows, _, count, *_ = embed([], [], Numbers(), kept, lambda *_: None)
    assert (rows.shape, count) == ((0, DIM), 0)


def test_centres_are_held_and_what_came_is_counted(kept):
    _, centres, _, census, turn = embed(WORKS, [], Numbers(), kept, lambda *_: None)
    assert turn == 0
    assert census.count == len(TEXTS)
    whole = embed([*WORKS, NEW], [], Numbers(), kept, lambda *_: None)
    held = Held(centres, census)
    some = embed([NEW], [], Numbers(), kept, lambda *_: None, held=held)
    assert (some.centres is centres, some.rows.shape) == (True, (1, DIM))
    both, expected = (census + some.census).arrays(), whole.census.arrays()
    assert both["languages"].tolist() == expected["languages"].tolist()
    assert both["counts"].tolist() == expected["counts"].tolist()
    assert np.allclose(both["sums"], expected["sums"])
    assert some.turn == pytest.approx(whole.census.turn(centres, whole.centres), abs=1e-3)
    assert Census.of((census + some.census).arrays()).count == len(TEXTS) + 1


def test_a_few_texts_are_drafted_and_a_full_build_takes_no_draft(kept, monkeypatch):
    _, centres, _, census, _ = embed(WORKS, [], Numbers(), kept, lambda *_: None)
    more = [*WORKS, NEW]
    builder, drafter = Numbers(), Numbers()
    for count in (1, 0):  # kept after the first time
        held = Held(centres, census, drafter)
        assert embed([NEW], [], builder, kept, lambda *_: None, held=held).embedded == count
    assert (builder.asked, drafter.asked) == ([], ["One more"])
    assert embed(more, [], builder, kept, lambda *_: None).embedded == 1
    assert builder.asked == ["One more"]
    monkeypatch.setattr(embedding, "FEW", 3)
    last = [Said(("And another",))]
    embed(last, [], builder, kept, lambda *_: None, held=Held(centres, census, drafter))
    assert (builder.asked[1:], drafter.asked[1:]) == (["And another"], [])
