"""What can stand in the place of a file and is none: a folder, a FIFO, a link. An input that begins so asks for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

_MARK = b"\x00instead of a file: "


def _folder(path: Path) -> None:
    path.mkdir()


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _circle(path: Path) -> None:
    path.symlink_to(path.name)


def _dangling(path: Path) -> None:
    path.symlink_to("not-there")


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _unreadable(path: Path) -> None:
    path.write_bytes(b"{}")
    path.chmod(0)


_KINDS: dict[bytes, Callable[[Path], None]] = {
    b"a folder": _folder,
    b"a FIFO": _fifo,
    b"a link to itself": _circle,
    b"a link to nothing": _dangling,
    b"a link to a device": _device,
    b"without permission": _unreadable,
}
SPECIAL = tuple(_MARK + kind for kind in _KINDS)


def put(path: Path, data: bytes) -> Path:
    """Write an input to a file, or make in its place what the input asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or path.exists():
        path.unlink()
    make = _KINDS.get(data.removeprefix(_MARK)) if data.startswith(_MARK) else None
    if make is None:
        path.write_bytes(data)
    else:
        make(path)
    return path
