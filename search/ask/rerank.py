"""A cross-encoder over the foremost candidates: slower, and reads question and text together.

Off unless asked for, since it loads torch. Any sentence-transformers CrossEncoder on this machine
will do; nothing is downloaded. Must not know retrieval, priors or storage.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cache.errors import ModelError
from search.arrays import Floats, Ordinals, Parts
from search.models.known import hub_name

DEPTH = 50
"""Candidates that are read."""

LEGS = ("dense", "lexical")
"""Parts of a score that a cross-encoder's judgment stands in for."""


class Reranker:
    """One loaded cross-encoder."""

    def __init__(self, model: str) -> None:
        """Load a folder, or a model that was downloaded before: a hub name, or one of
        search/models/known.py.

        Raises ModelError where it is not on this machine or is no cross-encoder.
        """
        from sentence_transformers import CrossEncoder

        found = model if Path(model).is_dir() else hub_name(model)
        try:
            self._network: Any = CrossEncoder(found, local_files_only=True)
        except (OSError, ValueError, TypeError, RuntimeError, KeyError) as error:
            raise ModelError(
                f"no cross-encoder {model} on this machine, so nothing was reranked",
                f"`hf download {found}` brings it, or name a folder that holds one",
            ) from error

    def scores(self, question: str, texts: Sequence[str]) -> Floats:
        """(n,) how well each text answers, on the model's own scale."""
        pairs = [(question, text) for text in texts]
        judgments = self._network.predict(pairs, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(judgments, np.float32).reshape(len(pairs), -1)[:, -1]


def judged(parts: Parts, foremost: Ordinals, scores: Floats) -> Parts:
    """parts with `rerank` in place of both legs for the foremost candidates.

    The judgment is told with the mean and the spread that the legs had there, so that priors weigh
    against it as they did against them.
    """
    legs = np.sum([parts[name][foremost] for name in LEGS], axis=0)
    apart = scores - scores.mean()
    spread = float(scores.std())
    reranked = dict(parts)
    for name in LEGS:
        reranked[name] = parts[name].copy()
        reranked[name][foremost] = 0
    reranked["rerank"] = np.zeros_like(parts["dense"])
    reranked["rerank"][foremost] = legs.mean() + (apart * legs.std() / spread if spread > 0 else 0)
    return reranked
