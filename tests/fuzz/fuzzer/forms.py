"""Damage that leaves a file what it is: a JSON text stays one, an archive keeps its checksums, and so on.

Damaged bytes rarely get past a parser or a checksum. Here a value, a member or a header is changed, and the file is
written anew around it, the same on every machine: members are stored, not compressed, and carry no time.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import struct
import tarfile
import tomllib
import warnings
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import tomli_w

from fuzzer.mutation import damaged
from fuzzer.tokens import VALUES
from fuzzer.values import changed

Change = Callable[[bytes, Random], bytes]
_NAMES = [text for text in VALUES if isinstance(text, str) and text.isprintable() and text]
_NPY_MAGIC = b"\x93NUMPY\x01\x00"


def change_of(name: str) -> Change | None:
    """What changes the content of a file of this name; None where only bytes can be damaged."""
    return next((change for suffix, change in _BY_SUFFIX.items() if name.endswith(suffix)), None)


def _json(data: bytes, rng: Random) -> bytes:
    return _dumped(changed(json.loads(data), rng), rng, rng.choice([None, None, 1]))


def _dumped(value: Any, rng: Random, indent: int | None = None) -> bytes:
    ascii_only = rng.random() < 0.5
    return json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


def _json_lines(data: bytes, rng: Random) -> bytes:
    lines = data.split(b"\n")
    index = rng.choice([number for number, line in enumerate(lines) if line.strip()])
    lines[index] = _dumped(changed(json.loads(lines[index]), rng), rng)
    return b"\n".join(lines)


def _toml(data: bytes, rng: Random) -> bytes:
    table = changed(tomllib.loads(data.decode()), rng)
    return tomli_w.dumps(_as_toml(table if isinstance(table, dict) else {"a": table})).encode("utf-8", "surrogatepass")


def _as_toml(value: Any) -> Any:
    """TOML has no null, and its keys are texts."""
    if isinstance(value, dict):
        return {str(key): _as_toml(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_toml(inner) for inner in value]
    return "" if value is None else value


def _member(name: str, content: bytes, rng: Random) -> tuple[str, bytes]:
    """One file of an archive, with another name or other content."""
    if rng.random() < 0.3:
        return rng.choice([*_NAMES, name.upper(), f"../outside/{name}", f"/{name}", f"{name}\\..\\x"]), content
    change = change_of(name)
    if change is not None and rng.random() < 0.7:
        return name, change(content, rng)
    return name, damaged(content, rng, [content])


def _zip(data: bytes, rng: Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        members = [(info.filename, packed.read(info)) for info in packed.infolist()]
    members = _members(members, rng)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Duplicate name")
        for name, content in members:
            packed.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def _members(members: list[tuple[str, bytes]], rng: Random) -> list[tuple[str, bytes]]:
    index = rng.randrange(len(members))
    how = rng.randrange(8)
    if how == 0:
        return members[:index] + members[index + 1 :]
    if how == 1:
        return [*members, members[index]]
    if how == 2:
        return [*members, (rng.choice(_NAMES), members[index][1])]
    return [*members[:index], _member(*members[index], rng), *members[index + 1 :]]


def _tar(data: bytes, rng: Random) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as packed:
        members = [(info.name, packed.extractfile(info).read()) for info in packed if info.isfile()]
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:") as packed:
        if rng.random() < 0.3:
            link = tarfile.TarInfo(members[0][0])
            link.type = rng.choice(
                [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE]
            )
            link.linkname = rng.choice(_NAMES)
            packed.addfile(link)
        for name, content in _members(members, rng):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def _gzip(inner: Change) -> Change:
    # Stored, not compressed: versions of zlib compress differently.
    def change(data: bytes, rng: Random) -> bytes:
        content = inner(gzip.decompress(data), rng)
        body = zlib.compress(content, 0)[2:-4]
        head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
        return head + body + struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)

    return change


def _tar_xz(data: bytes, rng: Random) -> bytes:
    return lzma.compress(_tar(lzma.decompress(data), rng), preset=0)


def _safetensors(data: bytes, rng: Random) -> bytes:
    end = 8 + int.from_bytes(data[:8], "little")
    header = changed(json.loads(data[8:end]), rng)
    if (
        rng.random() < 0.5
        and isinstance(header, dict)
        and isinstance(entries := header.get("__metadata__"), dict)
        and entries
    ):
        key = rng.choice(sorted(entries))
        if str(entries[key]).startswith(("{", "[")):
            entries[key] = _dumped(changed(json.loads(entries[key]), rng), rng).decode("utf-8", "surrogatepass")
    text = _dumped(header, rng)
    return len(text).to_bytes(8, "little") + text + data[end:]


def _npy(data: bytes, rng: Random) -> bytes:
    length = int.from_bytes(data[8:10], "little")
    descr = rng.choice(["<f4", "<f2", "<f8", "<i8", "|b1", "|O", "<U10", "<M8[s]", "|V8", "<c8", ">f4", "x"])
    shape = rng.choice(
        ["()", "(0,)", "(3,)", "(-1,)", "(10000000000, 4)", "(9223372036854775807, 2)", "(1, 1, 1, 4)", "x"]
    )
    header = (
        f"{{'descr': '{descr}', 'fortran_order': {rng.choice(['False', 'True', '1'])}, 'shape': {shape}, }}\n".encode()
    )
    return _NPY_MAGIC + len(header).to_bytes(2, "little") + header + data[10 + length :]


_BY_SUFFIX: dict[str, Change] = {
    ".jsonl": _json_lines,
    ".json": _json,
    ".toml": _toml,
    ".log": _json_lines,
    ".jsonl.gz": _gzip(_json_lines),
    ".tar.gz": _gzip(_tar),
    ".tar.xz": _tar_xz,
    ".tar": _tar,
    ".zip": _zip,
    ".npz": _zip,
    ".pt": _zip,
    ".safetensors": _safetensors,
    ".npy": _npy,
}
