"""Errors for files that cannot be written have the remedy of their reason."""

import errno
import os
from pathlib import Path

import pytest

from mnerbench.datasets.errors import DiskError
from mnerbench.datasets.write_errors import cannot_write

REMEDIES = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "larger quota",
    errno.EACCES: "change the permissions",
    errno.EPERM: "change the permissions",
    errno.EROFS: "for writing",
    errno.ENAMETOOLONG: "up to 255 bytes",
    errno.EISDIR: "move away what else",
    errno.ENOTDIR: "move away what else",
    errno.EMFILE: "open files",
    errno.EIO: "check its disk",
}


@pytest.mark.parametrize("number", REMEDIES)
def test_each_reason_has_its_own_remedy(number):
    error = cannot_write(Path("a/b"), OSError(number, "as the system calls it"))
    assert isinstance(error, DiskError)
    assert str(error).startswith(f"a/b: cannot be written ({os.strerror(number)})\n  -> ")
    assert REMEDIES[number] in str(error)
    assert ("space" in str(error)) == (number in {errno.ENOSPC, errno.EDQUOT})


def test_the_reason_behind_a_librarys_error_counts():
    error = RuntimeError("enforce fail at inline_container.cc")
    assert "enforce fail" in str(cannot_write(Path("a"), error))
    error.__cause__ = OSError(errno.ENOSPC, "full")
    assert "free some space" in str(cannot_write(Path("a"), error))


def test_a_name_that_no_file_can_have_is_told(tmp_path):
    from mnerbench.datasets.atomic_files import write_atomically

    for name in ("x" * 300, "a\x00b"):
        with pytest.raises(DiskError, match="up to 255 bytes"):
            write_atomically(tmp_path / name, "text")
    assert list(tmp_path.iterdir()) == []
