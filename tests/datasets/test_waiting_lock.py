"""A lock that tells when it waits."""

from filelock import FileLock

from mnerbench.datasets.waiting_lock import waiting_lock


def test_a_free_lock_is_taken_without_a_word(tmp_path):
    told = []
    with waiting_lock(tmp_path / "new" / ".lock", lambda: told.append(1)):
        assert not told
    assert not told


def test_waiting_is_told_before_it_begins(tmp_path):
    other = FileLock(tmp_path / ".lock")
    other.acquire()
    told = []

    def waiting():
        told.append(1)
        other.release()

    with waiting_lock(tmp_path / ".lock", waiting):
        assert told == [1]


def test_it_is_released_after_an_error(tmp_path):
    try:
        with waiting_lock(tmp_path / ".lock", lambda: None):
            raise KeyError
    except KeyError:
        FileLock(tmp_path / ".lock").acquire(blocking=False)
