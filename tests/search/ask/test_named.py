import pytest

from search.ask.named import author_named, authored, titled
from search.index import lexical
from search.index.lexical import Fields, open_index
from search.text import query_tokens, tokens
from search.title_words import TitleWords

TITLES = [
    "Reinforcement Learning",
    "Reinforcement Learning from Human Feedback for Summaries",
    "A Course in Optics",
    "李沐讲 InstructGPT 论文",
    "Let's build GPT from scratch",
]
AUTHORS = [None, "Nisan Stiennon, Long Ouyang", "Kim Lee", "李沐", "Andrej Karpathy"]


@pytest.fixture(scope="module")
def title_words(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words") / "lexical"
    filler = [f"text number {n} of the others" for n in range(40)]
    texts = [f"{title} {author or ''}" for title, author in zip(TITLES, AUTHORS, strict=True)]
    lexical.write(
        folder, (Fields(n, text=" ".join(tokens(t))) for n, t in enumerate([*texts, *filler]))
    )
    return TitleWords(open_index(folder))


def test_a_title_that_says_just_the_question_is_first(title_words):
    scores = titled(query_tokens("reinforcement learning"), TITLES, title_words)
    assert scores[0] == pytest.approx(1)
    assert 0 < scores[1] < 0.7
    assert scores[2] == scores[3] == scores[4] == 0


def test_no_words_name_nothing(title_words):
    assert not titled([], TITLES, title_words).any()
    assert not titled(query_tokens("the of"), ["", "?"], title_words).any()
    assert not authored([], AUTHORS, title_words).any()


@pytest.mark.parametrize(
    ("question", "author"),
    [
        ("李沐 InstructGPT", "李沐"),
        ("请李沐讲一下 InstructGPT", "李沐"),
        ("Andrej Karpathy train GPT", "Andrej Karpathy"),
        ("karpathy gpt", "Andrej Karpathy"),
        ("stiennon summaries", "Nisan Stiennon"),
        ("Long Ouyang", "Long Ouyang"),
        ("text of Lee", None),  # too short to be a name alone
        ("optics", None),
    ],
)
def test_an_author_is_named_whole_or_by_a_telling_surname(title_words, question, author):
    found = [author_named(query_tokens(question), name, title_words) for name in AUTHORS]
    assert [name for name in found if name] == ([author] if author else [])
    scores = authored(query_tokens(question), AUTHORS, title_words)
    assert (scores > 0).tolist() == [name is not None for name in found]


def test_a_whole_name_is_surer_than_a_surname(title_words):
    whole = authored(query_tokens("Andrej Karpathy gpt"), AUTHORS, title_words)[4]
    assert whole > authored(query_tokens("Karpathy gpt"), AUTHORS, title_words)[4] > 0
