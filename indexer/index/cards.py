"""What of a resource is embedded and what is indexed: its card, its passages, its fields.

A card is what the lists say of a work; it is one vector. A text of one passage joins the card, a
longer one becomes a vector a passage, each under its title. Traditional Chinese is embedded as
simplified, as questions are, so that both find the same. Must not know models or indexes.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from cache.records import Document, Facts, Passage, Resource
from search.index.lexical import Fields
from search.index.selection import facets_of
from search.text import simplify, tokens

CARD = 1500
"""Characters of what lists say that one card holds; more would be cut by the model anyway."""


SENTENCE = 200
"""Characters in which a first sentence ends, or is cut."""

_SENTENCE = re.compile(r".{20,}?[.。!！?？]|.+")


def card_text(resource: Resource, facts: Facts, passages: Sequence[Passage]) -> str:
    """Title, author, sections and notes of every mention; the text too where it is one passage."""
    parts = [*_titles(resource), facts.author or ""]
    for mention in resource.mentions:
        parts += [" ".join(mention.section), mention.note]
    card = " ".join(dict.fromkeys(part for part in parts if part))[:CARD]
    if passages and (len(passages) == 1 or not card):  # an empty card would be near everything
        card = f"{card}\n{passages[0].text}".strip()
    return simplify(card)


def passage_text(resource: Resource, passage: Passage) -> str:
    """What is embedded of a passage, where there are two or more: the card holds a single one."""
    return simplify(f"{resource.title}\n{passage.text}")


def fields(row: int, resource: Resource, facts: Facts, document: Document | None) -> Fields:
    """The words of a resource as the lexical index takes them: its titles, and all there is."""
    titles = _joined(map(_words, _titles(resource)))
    said = [_words(facts.author or ""), _tokens(document.text if document else "")]
    seen = {facts.author, document.text if document else ""}
    for mention in resource.mentions:
        for text in (mention.author or "", *mention.section, mention.note):
            if text not in seen:
                seen.add(text)
                said.append(_words(text))
    text = _joined([titles, *said])
    return Fields(row, titles, text, facets_of(resource, facts))


def first_sentence(resource: Resource, document: Document | None) -> str:
    """How a work begins: of its text, else of what lists say, else its title."""
    notes = [mention.note for mention in resource.mentions if mention.note]
    said = document.text if document else next(iter(notes), "")
    found = _SENTENCE.match(" ".join(said[:SENTENCE].split()))
    return found[0] if found else resource.title


def _titles(resource: Resource) -> list[str]:
    if len(resource.mentions) == 1 and resource.mentions[0].title == resource.title:
        return [resource.title]
    own = (mention.title for mention in resource.mentions if mention.part_of is None)
    return list(dict.fromkeys([resource.title, *own]))


def _joined(texts: Iterable[str]) -> str:
    return " ".join(filter(None, texts))


@lru_cache(maxsize=1 << 12)
def _words(text: str) -> str:
    """The tokens of a text joined, kept because the entries of a section share its words."""
    return _tokens(text)


def _tokens(text: str) -> str:
    return " ".join(tokens(text))
