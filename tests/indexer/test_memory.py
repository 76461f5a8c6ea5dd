import platform

from indexer.memory import _trim, give_back


def test_glibc_is_asked_and_any_other_library_left_alone():
    assert (_trim() is not None) == (platform.libc_ver()[0] == "glibc")
    give_back()
    give_back()
