"""Runs commands in forked children, so that a thousand builds import everything once.

A process of its own, started with the shim preloaded: reads one JSON request a line, answers with
`pid N`, then with one JSON line when the child has ended. The child is the real `cli.main`.
"""

import ctypes
import importlib
import json
import os
import sys

# Loaded before forking, for the children's sake.
LOADED = (
    "faiss openvino sklearn.linear_model tantivy cli indexer.build indexer.crawl.crawler "
    "indexer.status search.engine search.models.openvino_engine "
    "server.terminal.results server.terminal.reports"
)


def run(request: dict[str, object]) -> None:
    """The child: its output goes to files, its disk is the shim's to spoil."""
    for number, name in ((1, "out"), (2, "err")):
        file = os.open(str(request[name]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
    os.environ.update(request["environment"])  # type: ignore[call-overload]
    trace = os.open(str(request["trace"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    shim = ctypes.CDLL(None)
    kind, pattern = (str(word).encode() for word in request["step"])  # type: ignore[attr-defined]
    home = str(request["home"]).encode()
    shim.torture_begin(home, request["at"], request["number"], trace, kind, pattern)
    code = 0
    try:
        sys.modules["cli"].main(request["arguments"])  # type: ignore[arg-type]
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 70
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Serve until stdin closes."""
    for name in LOADED.split():
        importlib.import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            run(request)
        print(f"pid {pid}", flush=True)
        _, status = os.waitpid(pid, 0)
        print(json.dumps(os.waitstatus_to_exitcode(status)), flush=True)


if __name__ == "__main__":  # workers of a build import this file again, under another name
    main()
