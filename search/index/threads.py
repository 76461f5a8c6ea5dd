"""How many threads one question may use. Must not know questions or servers."""

from functools import cache


def one_thread() -> None:
    """Have FAISS and BLAS use the calling thread alone.

    For servers, whose askers are as many as cores: OpenMP threads spin at their barriers, so that
    two questions on two cores wait for one another (22,993 vectors: 25 ms with two threads a
    question, 5 with one). OpenMP remembers it by thread, BLAS for the whole process.
    """
    import faiss

    faiss.omp_set_num_threads(1)
    _one_for_blas()


@cache
def _one_for_blas() -> None:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    threadpool_limits(1, user_api="blas")
