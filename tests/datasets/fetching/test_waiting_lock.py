"""A lock that reports when it waits."""

from filelock import FileLock

from mnerbench.datasets.fetching.image_download import waiting_lock


def test_a_free_lock_is_acquired_without_a_report(tmp_path):
    calls = []
    with waiting_lock(tmp_path / "new" / ".lock", lambda: calls.append(1)):
        assert not calls
    assert not calls


def test_waiting_is_reported_before_it_begins(tmp_path):
    other = FileLock(tmp_path / ".lock")
    other.acquire()
    calls = []

    def waiting():
        calls.append(1)
        other.release()

    with waiting_lock(tmp_path / ".lock", waiting):
        assert calls == [1]


def test_it_is_released_after_an_error(tmp_path):
    try:
        with waiting_lock(tmp_path / ".lock", lambda: None):
            raise KeyError
    except KeyError:
        FileLock(tmp_path / ".lock").acquire(blocking=False)
