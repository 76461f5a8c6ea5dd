"""txtai on the same model and texts; runs in .bench/venv-txtai.

usage: txtai_cold.py index MODEL TEXTS.json INDEX | txtai_cold.py ask INDEX QUESTION
"""

import json
import sys
from pathlib import Path

from txtai import Embeddings

if sys.argv[1] == "index":
    _, _, model, texts, index = sys.argv
    instructions = {"query": "query: ", "data": "passage: "}
    made = Embeddings(path=model, instructions=instructions, content=True, hybrid=True)
    made.index(json.loads(Path(texts).read_text()))
    made.save(index)
else:
    asked = Embeddings()
    asked.load(sys.argv[2])
    for found in asked.search(sys.argv[3], 10):
        print(found["score"], found["text"][:200])
