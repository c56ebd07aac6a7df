"""User-provided vectors: the identity is independent of the file format; invalid ones are rejected before training."""

import io
import json
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError
from mnerbench.datasets.inputs import BLANK, InputKind
from mnerbench.datasets.visual.importers import vectors as importing
from mnerbench.datasets.visual.importers.vector_files import open_vectors
from mnerbench.datasets.visual.importers.vector_shapes import to_vectors
from mnerbench.datasets.visual.sources.base import gather_inputs
from mnerbench.datasets.visual.sources.open import open_source

GRID, GLOBAL = InputKind.GRID, InputKind.GLOBAL


@pytest.fixture
def vectors(setting):
    """Vectors of all but one picture of a small probe, by image id."""
    named = {tweet.image_id for split in setting.corpus.splits.values() for tweet in split} - {"train-0"}
    noise = np.random.default_rng(0)
    return {image: noise.normal(size=(49, 6)).astype(np.float32) for image in sorted(named)}


def write_npz(path, arrays):
    np.savez(path, **{f"{image}.jpg": array for image, array in arrays.items()})


def write_stacked(path, arrays):
    np.savez_compressed(path, ids=np.array(list(arrays)), vectors=np.stack(list(arrays.values())))


def write_tensors(path, arrays):
    save_file(arrays, path)


def write_stacked_tensors(path, arrays):
    save_file({"x": np.stack(list(arrays.values()))}, path, metadata={"image_ids": json.dumps(list(arrays))})


def write_folder(path, arrays):
    (path / "deep").mkdir(parents=True)
    for number, (image, array) in enumerate(arrays.items()):
        np.save(path / ("deep" if number % 2 else "") / f"{image}.npy", array)


def write_npy(path, arrays):
    np.save(path, np.stack(list(arrays.values())))
    path.with_suffix(".txt").write_text("\n".join(arrays))


WRITERS = [
    ("v.npz", write_npz),
    ("v.npz", write_stacked),
    ("v.safetensors", write_tensors),
    ("v.safetensors", write_stacked_tensors),
    ("v", write_folder),
    ("v.npy", write_npy),
]
WRITER_NAMES = [writer.__name__ for _, writer in WRITERS]


@pytest.mark.parametrize(("name", "write"), WRITERS, ids=WRITER_NAMES)
def test_every_file_gives_the_same_vectors_and_the_same_identity(setting, vectors, tmp_path, name, write):
    write(tmp_path / name, {**vectors, "of-nobody": vectors["train-1"]})
    source = open_source(GRID, str(tmp_path / name), setting)
    features = source.load()
    assert {image: features.vectors(image).tolist() for image in vectors} == {k: v.tolist() for k, v in vectors.items()}
    assert (features.shape.width, features.shape.cells, features.missing) == (6, 49, 1)
    assert not features.has("train-0") and not features.has(BLANK) and not features.has("of-nobody")  # noqa: PT018
    assert gather_inputs({GRID: source}).counts == {"tweets_without_grid": 1, "pictures_unusable_for_grid": 0}
    assert source.summary == "21 pictures with vectors of 49 x 6 float32 numbers, 1 tweets without"
    np.savez(tmp_path / "plain.npz", **vectors)
    assert open_source(GRID, str(tmp_path / "plain.npz"), setting).fingerprint == source.fingerprint
    np.savez(tmp_path / "plain.npz", **{**vectors, "train-1": vectors["train-2"]})
    assert open_source(GRID, str(tmp_path / "plain.npz"), setting).fingerprint != source.fingerprint


def test_vectors_are_read_once_and_shared(setting, vectors, tmp_path, monkeypatch):
    np.savez(tmp_path / "v.npz", **vectors)
    first = open_source(GRID, str(tmp_path / "v.npz"), setting)
    monkeypatch.setattr(importing, "_checked_rows", lambda *_: pytest.fail("read again"))
    second = open_source(GRID, str(tmp_path / "v.npz"), setting)
    assert second.fingerprint == first.fingerprint
    assert second.load().store.folder == first.load().store.folder
    (first.load().store.folder / "index.jsonl").unlink()
    with pytest.raises(pytest.fail.Exception, match="read again"):
        open_source(GRID, str(tmp_path / "v.npz"), setting)


def test_the_datasets_folder_is_searched_first(setting, vectors, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("v.npz", **vectors)
    assert open_source(GRID, "v.npz", setting).load().shape.width == 6
    narrow = {image: array[:, :3] for image, array in vectors.items()}
    for name in ("v.npz", "grid.clip.npz", "grid.npz"):
        np.savez(setting.folder / name, **narrow)
    for name in ("v.npz", "clip", "file", "nothing|clip"):
        assert open_source(GRID, name, setting).load().shape.width == 3
    write_folder(setting.folder / "global.clip", {image: array[0] for image, array in vectors.items()})
    assert open_source(GLOBAL, "clip", setting).load().vectors("train-1").tolist() == [vectors["train-1"][0].tolist()]
    write_folder(setting.folder / "grid.clip", vectors)
    with pytest.raises(ConfigError, match=r"holds grid\.clip\.npz and grid\.clip\n  -> name one of them"):
        open_source(GRID, "clip", setting)


@pytest.mark.parametrize("name", ["clip", "absent.npz", "./clip", "~/clip", "file"])
def test_a_missing_source_is_reported_with_the_valid_forms(setting, name):
    with pytest.raises(MissingInputError) as caught:
        open_source(GRID, name, setting)
    text = str(caught.value)
    assert repr(name) in text
    for part in ("grid=FILE.npz, FILE.safetensors or a folder of .npy", "benchmark list extractors"):
        assert part in text
    assert len(text) < 500


def test_a_misspelt_extractor_is_reported(setting):
    with pytest.raises(ConfigError, match=r"no grid\.resnet125\.npz; did you mean 'resnet152'") as caught:
        open_source(GRID, "resnet125", setting)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("kind", "shape", "cells"),
    [
        (GRID, (49, 2048), 49),
        (GRID, (7, 7, 2048), 49),
        (GRID, (2048, 7, 7), 49),
        (GRID, (1, 2048, 7, 7), 49),
        (GRID, (1, 49, 512), 49),
        (GRID, (50, 768), 50),
        (GRID, (1, 768), 1),
        (GLOBAL, (2048,), None),
        (GLOBAL, (1, 2048), None),
        (GLOBAL, (2048, 1, 1), None),
        (GLOBAL, (1, 2048, 1, 1), None),
    ],
)
def test_unambiguous_shapes(kind, shape, cells):
    converted = to_vectors(kind, np.zeros(shape, np.float32))
    width = max(shape)
    assert converted.shape == ((width,) if cells is None else (cells, width))


@given(st.integers(1, 4), st.integers(5, 9))
def test_rasters_are_flattened_row_by_row_in_either_order(side, width):
    last = np.arange(side * side * width, dtype=np.float32).reshape(side, side, width)
    first = np.moveaxis(last, -1, 0)
    if side > 1:
        np.testing.assert_array_equal(to_vectors(GRID, last), last.reshape(-1, width))
        np.testing.assert_array_equal(to_vectors(GRID, first), last.reshape(-1, width))


@pytest.mark.parametrize(
    ("kind", "shape", "message"),
    [
        (GRID, (7, 7, 7), "cannot be told apart"),
        (GRID, (6, 7, 8), "cannot be told apart"),
        (GRID, (2048, 49), "transpose it"),
        (GRID, (2048,), "not one vector per cell"),
        (GRID, (2, 2, 7, 7), "not one vector per cell"),
        (GRID, (0, 7), "not one vector per cell"),
        (GRID, (), "not one vector per cell"),
        (GLOBAL, (49, 2048), "not one vector"),
        (GLOBAL, (), "not one vector"),
        (GLOBAL, (0,), "not one vector"),
    ],
)
def test_other_shapes_are_rejected(kind, shape, message):
    with pytest.raises(ValueError, match=message):
        to_vectors(kind, np.zeros(shape, np.float32))


BAD = {
    "nan": (lambda array: np.where(array == array[0, 0], np.nan, array), "has numbers that are not finite"),
    "too large": (lambda array: array.astype(np.float64) * 1e300, "not finite in float32"),
    "narrow": (lambda array: array[:, :3], r"is 49 x 3 float32, and '.*' is 49 x 6 float32"),
    "other type": (lambda array: array.astype(np.float16), "float16, and"),
    "integers": (lambda array: array.astype(np.int32), "has int32, not floating-point numbers"),
    "words": (lambda array: array.astype(str), "has <U"),
    "flat": (np.ravel, "not one vector per cell"),
    "objects": (lambda array: array.astype(object), "has objects, not numbers"),
}


@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize(("name", "write"), [WRITERS[0], WRITERS[4]], ids=["npz", "folder"])
def test_invalid_vectors_are_rejected_with_file_picture_and_remedy(setting, vectors, tmp_path, fault, name, write):
    change, message = BAD[fault]
    write(tmp_path / name, {**vectors, "valid-1": change(vectors["valid-1"])})
    with pytest.raises(DataError, match=message) as caught:
        open_source(GRID, str(tmp_path / name), setting)
    assert str(caught.value).startswith(f"{tmp_path / name}: 'valid-1")
    assert "\n  -> " in str(caught.value)


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return stream.getvalue()


def huge():
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (1 << 20, 1 << 20)})
    return header.getvalue()


def saved(array, pickle=False):
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=pickle)
    return stream.getvalue()


BROKEN_FILES = [
    ("v.npz", b"no archive", "not an .npz that can be read"),
    ("v.npz", zipped(**{"train-1": b"no array"}), "cannot be read"),
    ("v.npz", zipped(**{"train-1": huge()}), "over the limit"),
    ("v.npz", zipped(**{"train-1": saved(np.zeros((4, 5), np.float32))[:-4]}), "has another size than its header"),
    ("v.npz", zipped(vectors=saved(np.zeros((2, 4, 5)))), "without image ids of its rows"),
    ("v.npz", zipped(ids=saved(np.array(["train-1"])), x=saved(np.zeros((2, 4)))), "per row (2)"),
    ("v.npz", zipped(ids=saved(np.array(["a"], object), True), x=saved(np.zeros((1, 4)))), "has objects"),
    ("v.npz", zipped(ids=saved(np.array(["a"])), x=saved(np.zeros((1, 4))), y=b""), "2 other arrays"),
    ("v.npz", zipped(**{"train-1": b"", "train-1.jpg": b""}), "are of the same picture"),
    ("v.npz", zipped(), "has no vectors"),
    ("v.npz", zipped(other=saved(np.zeros((4, 5)))), "none of its 1 image ids is in small"),
    ("v.npy", saved(np.array({"a": 1}), True), "pickled objects are never loaded"),
    ("v.npy", b"\x93NUMPY", "cannot be read"),
    ("v.safetensors", b"\xff" * 20, "not a .safetensors that can be read"),
    ("v.pt", b"PK", "pickled objects are never loaded"),
    ("v.h5", b"HDF", "not read as vectors"),
]


@pytest.mark.parametrize(("name", "content", "message"), BROKEN_FILES)
def test_broken_and_dangerous_files_are_rejected(setting, tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        open_source(GRID, str(tmp_path / name), setting)
    assert str(tmp_path / name) in str(caught.value)
    assert message in str(caught.value)


def test_bfloat16_is_rejected_with_a_remedy(setting, tmp_path):
    from safetensors.torch import save_file as save_torch

    save_torch({"train-1": torch.zeros(49, 6, dtype=torch.bfloat16)}, tmp_path / "v.safetensors")
    with pytest.raises(DataError, match=r"'train-1' is BF16\n  -> .*\.float\(\)"):
        open_source(GRID, str(tmp_path / "v.safetensors"), setting)


def test_an_array_needs_one_id_per_row(setting, vectors, tmp_path):
    write_npy(tmp_path / "v.npy", vectors)
    (tmp_path / "v.txt").write_text("train-1\n")
    with pytest.raises(DataError, match=r"v\.txt: 1 ids, but 21 rows in v\.npy"):
        open_source(GRID, str(tmp_path / "v.npy"), setting)
    assert open_vectors(tmp_path / "v.npy").files == [tmp_path / "v.npy", tmp_path / "v.txt"]


def test_an_array_of_all_pictures_is_read_row_by_row(tmp_path):
    """The array as a whole may exceed the limit per picture."""
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    np.savez(tmp_path / "v.npz", image_ids=np.array([7, 8, 9]), features=rows)
    rows_read = list(open_vectors(tmp_path / "v.npz").read({"9", "7"}))
    assert [(image, row.tolist()) for image, row in rows_read] == [("7", [0.0, 1.0]), ("9", [4.0, 5.0])]
    assert not rows_read[0][1].flags.owndata
