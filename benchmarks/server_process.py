"""A server in a process of its own for benchmarks.server: prints its port, answers until ended."""

import sys

from cache.settings import Settings
from server.guard import Access, Limits
from server.listening import bind, server

if __name__ == "__main__":
    bound = bind("127.0.0.1", 0)
    print(bound.getsockname()[1], flush=True)
    # All clients share one address here, so the rate is for all of them together.
    limits = Limits(rate=1e6, burst=1_000_000)
    server(Settings.load(sys.argv[1]), Access(), limits).run(sockets=[bound])
