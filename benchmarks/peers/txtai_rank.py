"""txtai's hybrid index over a test collection; runs in an environment of its own.

usage: txtai_rank.py COLLECTION.json VECTORS.npy > RUN.json

The collection holds `documents` (id and text), `queries` and `texts`, the rows of VECTORS: the same
weights embedded them, so that rankings are compared and not runtimes.
"""

import json
import sys
from pathlib import Path

import numpy as np
from txtai import Embeddings

given = json.loads(Path(sys.argv[1]).read_text("utf-8"))
rows = dict(zip(given["texts"], np.load(sys.argv[2]), strict=True))
made = Embeddings(
    method="external",
    transform=lambda texts: np.stack([rows[text] for text in texts]),
    hybrid=True,
)
made.index([(name, text, None) for name, text in given["documents"]])
asked = list(given["queries"])
found = made.batchsearch([given["queries"][name] for name in asked], 10)
json.dump({name: dict(answers) for name, answers in zip(asked, found, strict=True)}, sys.stdout)
