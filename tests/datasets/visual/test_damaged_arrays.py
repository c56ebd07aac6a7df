"""`.npz` files with a changed byte are rejected or read exactly as before: zip has a checksum of every array."""

import io

import numpy as np
import pytest

from mnerbench.datasets.errors import DataError
from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.importers.region_npz import list_npz, read_npz
from mnerbench.datasets.visual.importers.vector_files import open_vectors

REGIONS = {
    "x": np.arange(6, dtype=np.float32).reshape(2, 3),
    "bbox": np.array([[0, 0, 5, 5], [1, 1, 6, 6]], np.float32),
    "image_w": np.array(10),
    "image_h": np.array(10),
}
VECTORS = {name: np.arange(8, dtype=np.float32) + number for number, name in enumerate(("a", "b", "c"))}


def packed(arrays, save=np.savez):
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


def changed(whole):
    for position in range(0, len(whole), max(1, len(whole) // 400)):
        flipped = whole[position] ^ (0x5A if position % 2 else 1 << position % 7)
        yield position, whole[:position] + bytes([flipped]) + whole[position + 1 :]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_vectors_with_a_changed_byte(tmp_path, save):
    whole, path, refused = packed(VECTORS, save), tmp_path / "a.npz", 0
    for position, data in changed(whole):
        path.write_bytes(data)
        try:
            read = dict(open_vectors(path).read(VECTORS))
        except DataError:
            refused += 1
            continue
        assert read.keys() == VECTORS.keys(), position
        assert all(np.array_equal(read[name], VECTORS[name]) for name in VECTORS), position
    assert refused > 100


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_regions_with_a_changed_byte(save):
    whole = packed(REGIONS, save)
    before, refused = read_npz(whole).values, 0
    for position, data in changed(whole):
        try:
            read = read_npz(data).values
        except BadPictureError:
            refused += 1
            continue
        assert read.keys() == before.keys(), position
        assert all(np.array_equal(read[name], before[name]) for name in before), position
    assert refused > 100


def test_ids_that_are_not_utf8_are_rejected(tmp_path):
    ids = np.array(["a", "\ud800"])
    np.savez(tmp_path / "a.npz", ids=ids, vectors=np.ones((2, 3), np.float32))
    with pytest.raises(DataError, match=r"is not UTF-8.*\n  -> rename it"):
        _ = open_vectors(tmp_path / "a.npz").names
    path = tmp_path / "caf\udce9.npz"
    path.write_bytes(packed(REGIONS))
    with pytest.raises(DataError, match=r"its name is not UTF-8.*\n  -> rename it"):
        list_npz(tmp_path, [path])
