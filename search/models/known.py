"""Models one can name in a word: their names on the hub, how they are asked, what is known of them.

Facts of 2026-11 from the models' own cards and files. Figures are nDCG@10 of the task
MIRACLRetrievalHardNegatives (MIRACL, Zhang et al. 2023), split dev, as published in
github.com/embeddings-benchmark/results at f4cc6c8 (2026-08-20); none stands here that is not there.
Must not know homes, nor what is on this machine.
"""

from dataclasses import dataclass
from typing import Literal

Role = Literal["embed", "rerank"]
Pooling = Literal["cls", "mean", "lasttoken", ""]


@dataclass(frozen=True, slots=True)
class KnownModel:
    """One model: parameters and megabytes of its weights, what it writes before a text of either
    role, how it makes one vector of many (all of these empty for a cross-encoder), and nDCG@10 in
    Chinese and English where published."""

    name: str
    role: Role
    hub: str
    millions: int
    megabytes: int
    dimensions: int
    licence: str
    languages: str
    query: str
    passage: str
    pooling: Pooling
    miracl_zh: float | None
    miracl_en: float | None
    terms: bool = False
    """Whether its terms must be accepted on the hub before it can be had."""


PACKAGED = "multilingual-e5-small"
"""The model that comes with the packages."""

_SEARCH = (
    "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
)

MODELS = (
    KnownModel(
        PACKAGED, "embed", "intfloat/multilingual-e5-small", 118, 72, 384,
        "MIT", "94", "query: ", "passage: ", "mean", .484, .493,
    ),
    KnownModel(
        "granite-97m", "embed", "ibm-granite/granite-embedding-97m-multilingual-r2", 97, 195, 384,
        "Apache-2.0", "52, in part 200", "", "", "cls", .551, .454,
    ),
    KnownModel(
        "granite-311m", "embed", "ibm-granite/granite-embedding-311m-multilingual-r2", 312, 623,
        768, "Apache-2.0", "52, in part 200", "", "", "cls", .583, .455,
    ),
    KnownModel(  # the weights of Alibaba-NLP/gte-multilingual-base, which wants code of its own
        "gte-base", "embed", "alibaba-nlp-community/gte-multilingual-base", 305, 611, 768,
        "Apache-2.0", "75", "", "", "cls", .633, .549,
    ),
    KnownModel(
        "bge-m3", "embed", "BAAI/bge-m3", 568, 2272, 1024,
        "MIT", "over 100", "", "", "cls", .636, .577,
    ),
    KnownModel(
        "arctic-l", "embed", "Snowflake/snowflake-arctic-embed-l-v2.0", 568, 2271, 1024,
        "Apache-2.0", "74", "query: ", "", "cls", .613, .543,
    ),
    KnownModel(
        "qwen3-0.6b", "embed", "Qwen/Qwen3-Embedding-0.6B", 596, 1191, 1024,
        "Apache-2.0", "over 100", _SEARCH, "", "lasttoken", .592, .518,
    ),
    KnownModel(
        "embeddinggemma", "embed", "google/embeddinggemma-300m", 308, 1211, 768,
        "Gemma", "over 100", "task: search result | query: ", "title: none | text: ", "mean",
        .649, .592, terms=True,
    ),
    KnownModel(
        "e5-base", "embed", "intfloat/multilingual-e5-base", 278, 1112, 768,
        "MIT", "94", "query: ", "passage: ", "mean", .531, .522,
    ),
    KnownModel(
        "bge-reranker-v2-m3", "rerank", "BAAI/bge-reranker-v2-m3", 568, 2271, 0,
        "Apache-2.0", "many", "", "", "", None, None,
    ),
    KnownModel(
        "mmarco-minilm", "rerank", "cross-encoder/mmarco-mMiniLMv2-L12-H384-v1", 118, 471, 0,
        "Apache-2.0", "15", "", "", "", None, None,
    ),
)  # fmt: skip


def known_model(name: str) -> KnownModel | None:
    """The model of this name: in a word, as the hub has it, or as a folder of it is called."""
    for model in MODELS:
        if name in (model.name, model.hub, model.hub.rsplit("/", 1)[-1]):
            return model
    return None


def hub_name(name: str) -> str:
    """What the hub calls the model of this name; the name itself where none is known by it."""
    model = known_model(name)
    return model.hub if model else name
