"""Tensors in safetensors files, which hold numbers and no code."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from mnerbench.datasets.errors import StoreError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named, require_regular
from mnerbench.datasets.write_errors import cannot_write


def write_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write tensors, whole or not at all; those that share memory are written once each.

    Raises:
        DiskError: the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        separate = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        seen: set[int] = set()
        for name, tensor in separate.items():
            address = tensor.untyped_storage().data_ptr()
            # A view would be written with the whole memory of its tensor.
            partial_view = tensor.untyped_storage().nbytes() != tensor.numel() * tensor.element_size()
            separate[name] = tensor.clone() if partial_view or address in seen else tensor
            seen.add(address)
        partial.touch()
        mode = partial.stat().st_mode  # the library makes files that only their owner can read
        save_file(separate, partial)
        partial.chmod(mode)
        with partial.open("rb+") as stream:
            os.fsync(stream.fileno())
        partial.replace(path)
    except (OSError, SafetensorError) as error:
        raise cannot_write(path, error) from error
    finally:
        partial.unlink(missing_ok=True)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a file by name, on the CPU.

    Raises:
        MissingInputError: there is no such file.
        StoreError: it is damaged.
    """
    require_regular(path, error=StoreError)
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        reason = f"{named(path)}: not a file of tensors: {one_line(error)}"
        raise StoreError(f"{reason}\n  -> copy the tagger's folder again, or train it again") from error
