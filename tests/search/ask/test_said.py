"""What a text says to the letter."""

import pytest

from search.ask.said import says
from search.text import fold


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("A chain of thought", "Chain  of thought", True),
        ("chains of thought", "chain of thought", False),
        ("storage of RAGs, or RAG.", "rag", True),
        ("storage", "rag", False),
        ("思维链的研究", "思维链", True),
        ("思維鏈", "思维链", True),
        ("用GPT写作", "GPT", True),
        ("ＧＰＴ-4", "gpt", True),
        ("C++ and C", "c++", True),
        ("anything", "", False),
    ],
)
def test_says(text, words, said):
    assert says(fold(text), words) == said
