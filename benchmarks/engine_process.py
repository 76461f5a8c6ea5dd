"""An engine in a process of its own, lent as a server lends it: engine_process.py HOME QUESTIONS

QUESTIONS is a JSON file of texts. Prints a line when it is warm and no faster runtime is to come;
then for each line of input, so many seconds, answers one question after the other and prints the
milliseconds of each as JSON. Knows only what every version of nextread has, so that it measures an
older checkout too.
"""

import json
import sys
from pathlib import Path
from time import perf_counter

from cache.settings import Settings
from server.holder import EngineHolder

WARM = 40

if __name__ == "__main__":
    questions = iter(json.loads(Path(sys.argv[2]).read_text("utf-8")))
    holder = EngineHolder(Settings.load(sys.argv[1]))
    with holder.lease() as engine:
        for _ in range(WARM):
            engine.search(next(questions))
        if settled := getattr(engine.collection.embedder, "settled", None):
            settled.wait(300)
        print("warm", flush=True)
        for line in sys.stdin:
            until, taken = perf_counter() + float(line), []
            while (began := perf_counter()) < until:
                engine.search(next(questions))
                taken.append((perf_counter() - began) * 1000)
            print(json.dumps(taken), flush=True)
    holder.close()
