"""What is done beside: begun at once, waited for when needed, its faults told to who waits."""

import threading

import pytest

from search.index.threads import Cores


def here():
    return threading.current_thread()


def test_begins_at_once_and_gives_what_it_gave_as_often_as_asked():
    begun, go_on = threading.Event(), threading.Event()

    def work():
        begun.set()
        assert go_on.wait(10)
        return here()

    wait = Cores(2).beside(work)
    assert begun.wait(10)
    go_on.set()
    assert wait() is wait() is not here()


def test_who_waits_is_told_what_went_wrong():
    def work():
        raise ValueError("no vector")

    wait = Cores(2).beside(work)
    for _ in range(2):
        with pytest.raises(ValueError, match="no vector"):
            wait()


def test_no_thread_is_begun_where_every_core_is_at_work():
    cores = Cores(2)
    with cores.busy():
        assert cores.beside(here)() is not here()
        with cores.busy():
            assert cores.beside(here)() is here()
        assert cores.beside(here)() is not here()


def test_a_thread_counts_as_a_core_until_it_ends():
    cores, go_on = Cores(1), threading.Event()
    wait = cores.beside(lambda: go_on.wait(10))
    assert cores.beside(here)() is here()
    go_on.set()
    assert wait()
    assert cores.beside(here)() is not here()
