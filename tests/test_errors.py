"""What counts as a lack of memory."""

import sys

import pytest

from lidarsel.errors import is_lack_of_memory


@pytest.mark.skipif(sys.platform == "win32", reason="it has no ulimit")
@pytest.mark.parametrize("limited", [True, False])
def test_an_error_that_could_not_be_made_is_a_lack_of_memory_under_a_limit(
    limited: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    limit = 700 * 2**20 if limited else resource.RLIM_INFINITY
    monkeypatch.setattr(resource, "getrlimit", lambda which: (limit, limit) if which == resource.RLIMIT_AS else None)
    assert is_lack_of_memory(SystemError("error return without exception set")) is limited
    assert is_lack_of_memory(SystemError("<built-in> returned NULL without setting an exception")) is limited
    assert not is_lack_of_memory(SystemError("bad argument to internal function"))
