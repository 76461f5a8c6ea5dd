"""What of a resource is embedded and what is indexed: its card, its passages, its fields.

A card is what the lists say of a work; it is one vector. A text of one passage joins the card, a
longer one becomes a vector a passage, each under its title. Must not know models or indexes.
"""

from collections.abc import Sequence

from cache.records import Document, Facts, Passage, Resource
from search.lexical import Fields
from search.text import tokens

CARD = 1500
"""Characters of what lists say that one card holds; more would be cut by the model anyway."""


def card_text(resource: Resource, facts: Facts, passages: Sequence[Passage]) -> str:
    """Title, author, sections and notes of every mention; the text too where it is one passage."""
    parts = [*_titles(resource), facts.author or ""]
    for mention in resource.mentions:
        parts += [" ".join(mention.section), mention.note]
    card = " ".join(dict.fromkeys(part for part in parts if part))[:CARD]
    if passages and (len(passages) == 1 or not card):  # an empty card would be near everything
        return f"{card}\n{passages[0].text}".strip()
    return card


def passage_texts(resource: Resource, passages: Sequence[Passage]) -> list[str]:
    """What is embedded beside the card: nothing for a text that the card already holds."""
    if len(passages) < 2:
        return []
    return [f"{resource.title}\n{passage.text}" for passage in passages]


def fields(row: int, resource: Resource, facts: Facts, document: Document | None) -> Fields:
    """The words of a resource as the lexical index takes them: its titles, and all there is."""
    titles = _titles(resource)
    said = [facts.author or "", document.text if document else ""]
    for mention in resource.mentions:
        said += [mention.author or "", *mention.section, mention.note]
    return Fields(row=row, title=_joined(titles), text=_joined([*titles, *dict.fromkeys(said)]))


def _titles(resource: Resource) -> list[str]:
    return list(dict.fromkeys([resource.title, *(m.title for m in resource.mentions)]))


def _joined(texts: Sequence[str]) -> str:
    return " ".join(token for text in texts if text for token in tokens(text))
