from collections import Counter

import numpy as np
import pytest

from cache.records import Entry, Facts, Passage, Resource
from search.ask.retrieve import LegQuery, boosts, first_rows, retrieve
from search.index import catalog, dense, lexical
from search.index.catalog import CARD, Catalog
from search.text import query_tokens, tokens

TITLES = ["attention heads", "reward models", "tokenizers", "scaling laws"]
LANGUAGES = ["en", "en", "zh", "en"]
PASSAGES = [0, 3, 0, 2]
"""Passages of each work beside its card."""


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """(dense, lexical, catalog): row n of the vectors is the n-th axis."""
    folder = tmp_path_factory.mktemp("generation")
    works, ordinals, numbers = [], [], []
    for ordinal, (title, count) in enumerate(zip(TITLES, PASSAGES, strict=True)):
        mention = Entry("a", f"https://e.org/{ordinal}", title)
        work = Resource(
            str(ordinal) * 16, mention.url, (), title, None, LANGUAGES[ordinal], (mention,)
        )
        passages = [Passage(f"{work.id}:{n}", work.id, n, n, n + 1, "x") for n in range(count)]
        works.append((work, Facts(), passages))
        ordinals += [ordinal] * (1 + count)
        numbers += range(CARD, count)
    dense.write(folder / "dense.faiss", np.eye(len(ordinals), 16, dtype=np.float32))
    lexical.write(
        folder / "lexical",
        (lexical.Fields(n, " ".join(tokens(title)), "") for n, title in enumerate(TITLES)),
    )
    catalog.write(folder, works)
    catalog.write_rows(folder, np.array(ordinals, np.int32), np.array(numbers, np.int32))
    opened = Catalog(folder)
    return dense.open_index(folder / "dense.faiss"), lexical.open_index(folder / "lexical"), opened


def vector(**weights):
    found = np.zeros(16, np.float32)
    for row, weight in weights.items():
        found[int(row[1:])] = weight
    return found


def found(index, vector, words="", allowed=None, depth=300, abroad="", language=None):
    own = query_tokens(words)
    asked = LegQuery(lambda: vector, Counter(own), Counter(tokens(abroad)), language, len(set(own)))
    candidates = retrieve(asked, *index, allowed, depth)
    return candidates, {
        int(ordinal): (float(score), int(passage), float(word))
        for ordinal, score, passage, word in zip(
            candidates.ordinals,
            candidates.dense,
            candidates.passages,
            candidates.lexical,
            strict=True,
        )
    }


def test_a_resource_is_found_once_by_its_best_row(index):
    _, works = found(index, vector(r2=0.3, r3=0.9, r0=0.5))
    assert works[1] == (pytest.approx(0.9), 1, 0.0)
    assert works[0] == (pytest.approx(0.5), CARD, 0.0)
    assert sorted(works) == [0, 1, 2, 3]


def test_what_only_words_find_has_its_cards_cosine(index):
    _, works = found(index, vector(r0=0.8, r1=0.2), "scaling laws", depth=1)
    assert sorted(works) == [0, 3]
    score, passage, word = works[3]
    assert (score, passage) == (pytest.approx(0), CARD)
    assert word > 0
    assert works[0][2] == 0


def test_the_best_match_has_a_share_of_the_ideal(index):
    for words in ("attention", "reward models", "attention unheardof", "tokenizers tokenizers"):
        candidates, _ = found(index, vector(r0=1), words)
        assert 0 < candidates.known.own < 2
        assert candidates.words == len(set(query_tokens(words)))
    assert found(index, vector(r0=1), "unheardof")[0].known.own == 0


def test_titles_count_most_for_short_questions():
    worths = [boosts(words)["title"] for words in (1, 2, 5, 12)]
    assert worths == sorted(worths, reverse=True)


def test_a_mask_leaves_only_what_is_allowed(index):
    every = index[2].everything()
    _, works = found(
        index, vector(r0=1), "attention reward", every.within(np.array([False, True, False, True]))
    )
    assert sorted(works) == [1, 3]
    none, works = found(index, vector(r0=1), "attention", every.within(np.zeros(4, bool)))
    assert (works, len(none.dense)) == ({}, 0)


def test_texts_of_another_language_are_asked_for_other_words(index):
    asked = {"abroad": "tokenizers", "language": "en"}
    candidates, works = found(index, vector(r0=1), "attention reward tokenizers", **asked)
    assert works[2][2] == works[0][2] == pytest.approx(1)  # each the best of its side
    assert candidates.foreign.tolist() == [n == 2 for n in candidates.ordinals.tolist()]
    assert candidates.known.foreign > 0
    _, works = found(index, vector(r0=1), "tokenizers", language="en")
    assert works[2][2] == 0


def test_the_nearest_rows_are_told(index):
    candidates, _ = found(index, vector(r2=0.3, r3=0.9, r0=0.5))
    assert candidates.nearest[:3] == pytest.approx([0.9, 0.5, 0.3])


def test_no_words_and_unknown_words(index):
    for words in ("", "the of", "zzzz", "🦜"):
        _, works = found(index, vector(r0=1), words)
        assert len(works) == 4
        assert all(word == 0 for _, _, word in works.values())


def test_first_rows_are_cards(index):
    opened = index[2]
    rows = first_rows(np.array([3, 0, 1, 2]), opened)
    assert opened.row_passages[rows].tolist() == [CARD] * 4
    assert opened.row_resources[rows].tolist() == [3, 0, 1, 2]
