"""Sees what the process does while an input is read: nothing may happen outside of the input's own folder."""

# ruff: noqa: PTH112, PTH115, PTH117, PTH118, PTH119, PTH120 - a hook is called while paths are looked up, and must not make more of them than it has to

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mnerbench

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Events whose first arguments are paths that are made, changed or deleted: how many of them are, and where the
# arguments have the open folders that these are relative to.
_PATHS = {
    "os.remove": (1, 1),
    "os.rmdir": (1, 1),
    "os.mkdir": (1, 2),
    "os.chmod": (1, 2),
    "os.chown": (1, 3),
    "os.utime": (1, 3),
    "os.truncate": (1, None),
    "os.rename": (2, 2),
    "os.link": (2, 2),
    "os.symlink": (2, None),
    "shutil.rmtree": (1, 1),
    "sqlite3.connect": (1, None),
}
_NEVER = {
    **dict.fromkeys(("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"), "asked a network"),
    **dict.fromkeys(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"), "started a process"),
    "pickle.find_class": "loaded a pickle",
    "marshal.loads": "loaded code",
}


class Guard:
    """While it watches, notes every forbidden event. Audit hooks cannot be taken off, so there is one per process.

    Args:
        folders: in which everything may be done.
    """

    def __init__(self, *folders: Path) -> None:
        self._folders = tuple(os.path.realpath(folder) + os.sep for folder in folders)
        platform.processor()  # asks a program, once
        self._readable = tuple(os.path.realpath(path) + os.sep for path in _code_folders())
        self._watching = self._reads_anywhere = False
        self.notes: list[str] = []
        sys.addaudithook(self._hear)

    @contextmanager
    def watching(self, *, reads_anywhere: bool = False) -> Iterator[None]:
        """Note what happens inside; files elsewhere may be read where an input is there to name them."""
        self.notes.clear()
        self._watching, self._reads_anywhere = True, reads_anywhere
        try:
            yield
        finally:
            self._watching = False

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self._watching:
            return
        if event == "open":
            self._opened(*arguments)
        elif event in _PATHS:
            count, folders = _PATHS[event]
            for argument in range(event == "os.symlink", count):  # a link's target is only a text
                folder = arguments[folders + argument] if folders is not None else None
                self._changes(event, arguments[argument], folder)
        elif event == "import" and self._is_inside(arguments[1]):
            self._note(f"imported a module from its folder: {arguments[0]!r}")
        elif event in _NEVER and not _importing():
            self._note(f"{_NEVER[event]}: {event} {str(arguments[:2])[:300]}")

    def _is_inside(self, path: object) -> bool:
        return isinstance(path, str) and os.path.realpath(path).startswith(self._folders)

    def _opened(self, path: object, mode: object, flags: object) -> None:
        writes = bool(flags & _WRITING) if isinstance(flags, int) else isinstance(mode, str) and mode[:1] in "wax"
        if writes and path not in (os.devnull, "/dev/tty"):
            self._changes("open", path)
        elif not writes and not self._reads_anywhere and isinstance(path, str | bytes | os.PathLike):
            real = os.path.realpath(os.fsdecode(path))
            if not os.path.isabs(path) and _clears_a_folder():
                return  # relative to an open folder, of which the event says nothing; what is deleted has events
            if not real.startswith((*self._folders, *self._readable)) and not _of_the_system(real):
                self._note(f"read outside of its folder: {real!r}")

    def _changes(self, event: str, path: object, folder: object = None) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return  # an open file
        text = os.fsdecode(path)
        if isinstance(folder, int) and folder >= 0:
            text = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), text)
        # The parent is followed, the last part is what is made.
        real = os.path.join(os.path.realpath(os.path.dirname(text) or "."), os.path.basename(text))
        real = os.path.realpath(text) if event == "open" else real
        if not f"{real}{os.sep}".startswith(self._folders):
            self._note(f"{event} outside of its folder: {real!r}")

    def _note(self, text: str) -> None:
        if len(self.notes) < 20:
            self.notes.append(text)


def _code_folders() -> list[str]:
    """Where modules, their data and their settings lie, and the tests: code reads there, whatever the input is."""
    settings = [os.environ.get("HF_HOME") or "~/.cache/huggingface", "~/.config"]
    paths = [
        str(Path(__file__).parents[2]),
        *map(os.path.realpath, mnerbench.__path__),  # the package may be a link in a folder of `sys.path`
        sys.prefix,
        sys.base_prefix,
        sys.exec_prefix,
        *sys.path,
        *map(os.path.expanduser, settings),
    ]
    return [path for path in paths if path and os.path.isdir(path)]


def _of_the_system(path: str) -> bool:
    harmless = (
        "/proc/",
        "/sys/",
        "/dev/",
        "/usr/share/zoneinfo",
        "/usr/lib",
        "/lib",
        "/etc/mime.types",
        "/etc/localtime",
    )
    return path.startswith(harmless)


def _clears_a_folder() -> bool:
    """Whether `shutil.rmtree` opens a file; called by the hook's helper."""
    caller = sys._getframe(3).f_code
    return caller.co_name.startswith("_rmtree_safe_fd") and caller.co_filename == shutil.__file__


def _importing() -> bool:
    """Whether a module is being imported, which may read compiled code, or ask programs for libraries."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def scratch_folder() -> Path:
    """A new folder for one process, in memory where that is possible."""
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="mnerbench-fuzz-", dir=memory if os.access(memory, os.W_OK) else None))
