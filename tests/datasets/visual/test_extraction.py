"""Extraction over many pictures, some of them broken: reports every bad one, loses and repeats nothing."""

import hashlib
import signal
import subprocess
import sys
import threading
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnerbench.datasets.visual.extraction import extract_pictures, read_picture
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row


class MeanColour(Extractor):
    """Mean red, green and blue; counts the pictures that it extracts."""

    fields = (Field("global", (3,), "float32"),)
    batch_size = 8

    def __init__(self):
        self.count = 0

    def prepare(self, picture):
        return np.asarray(picture, np.float32).mean((0, 1))

    def extract(self, prepared):
        self.count += len(prepared)
        assert len(prepared) <= self.batch_size
        return [Row({"global": value}, {"n": self.count}) for value in prepared]


def make_pictures(folder, count):
    """Pictures by key; every tenth is broken in one of six ways, and three are valid but unusual (CMYK, GIF, BMP)."""
    folder.mkdir(exist_ok=True)
    paths = {}
    for number in range(count):
        image = Image.new("RGB", (20, 10), (number % 256, number // 256, 7))
        stream = BytesIO()
        unusual = {3: ("CMYK", "JPEG"), 13: ("P", "GIF"), 23: ("L", "BMP")}.get(number)
        image.convert(unusual[0] if unusual else "RGB").save(stream, unusual[1] if unusual else "PNG")
        data = stream.getvalue()
        if number % 10 == 0:
            data = [b"", data[:40], b"no picture", data[:-30], b"\x89PNG\r\n\x1a\n", b"%PDF-1.4"][number // 10 % 6]
        paths[f"k{number}"] = folder / f"{number}.jpg"
        paths[f"k{number}"].write_bytes(data)
    return paths


def sources(paths):
    return {key: partial(read_picture, path) for key, path in paths.items()}


def test_every_bad_picture_is_reported_and_every_good_one_is_stored(tmp_path):
    paths = make_pictures(tmp_path / "pictures", 100)
    summary = extract_pictures(sources(paths), tmp_path / "store", MeanColour, {})
    assert set(summary.bad) == {f"k{n}" for n in range(0, 100, 10)}
    assert (summary.processed, summary.already_stored, summary.failed) == (100, 0, {})
    store = FeatureStore(tmp_path / "store")
    for number in set(range(100)) - set(range(0, 100, 10)) - {3, 13, 23}:
        np.testing.assert_allclose(store.array(f"k{number}", "global"), [number, 0, 7], atol=1e-4)


class Exhausted(MeanColour):
    """Runs out of memory for one shade of red when preparing, and for another when extracting."""

    def prepare(self, picture):
        if picture.getpixel((0, 0))[0] == 3:
            raise MemoryError
        return super().prepare(picture)

    def extract(self, prepared):
        if any(round(value[0]) == 12 for value in prepared):
            raise MemoryError
        return super().extract(prepared)


def test_transient_failures_are_reported_and_retried(tmp_path):
    paths = {key: path for key, path in make_pictures(tmp_path / "p", 20).items() if int(key[1:]) not in (0, 10, 13)}
    paths["gone"] = tmp_path / "gone.png"
    steps = []
    first = extract_pictures(sources(paths), tmp_path / "store", Exhausted, {}, steps.append)
    batch = {f"k{n}" for n in (9, 11, 12, 14, 15, 16, 17, 18)}
    assert first.failed.keys() == {"gone", "k3"} | batch
    assert first.failed["gone"] == "cannot be read: No such file or directory"
    assert first.failed["k3"] == "not enough memory to prepare it"
    assert {first.failed[key] for key in batch} == {"not enough memory for its batch"}
    assert (first.bad, first.processed, sum(steps)) == ({}, 8, 18)
    assert len(FeatureStore(tmp_path / "store")) == 8
    Image.new("RGB", (2, 2)).save(tmp_path / "gone.png")
    second = extract_pictures(sources(paths), tmp_path / "store", MeanColour, {})
    assert (second.processed, second.already_stored, second.bad, second.failed) == (10, 8, {}, {})


def test_results_of_a_changed_file_are_not_stored(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (2, 2), "red").save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_picture(path, digest).getpixel((0, 0)) == (255, 0, 0)
    Image.new("RGB", (2, 2), "blue").save(path)
    summary = extract_pictures({digest: partial(read_picture, path, digest)}, tmp_path / "store", MeanColour, {})
    assert (summary.processed, summary.failed) == (0, {digest: "changed after its digest was computed"})
    assert len(FeatureStore(tmp_path / "store")) == 0


def test_the_extractor_is_not_loaded_if_nothing_is_missing(tmp_path):
    paths = make_pictures(tmp_path / "pictures", 30)
    first = extract_pictures(sources(paths), tmp_path / "store", MeanColour, {})

    def refuse():
        raise AssertionError("loaded")

    second = extract_pictures(sources(paths), tmp_path / "store", refuse, {})
    assert (second.processed, second.already_stored, second.bad) == (0, 30, first.bad)


def test_progress_counts_every_picture_once(tmp_path):
    paths = make_pictures(tmp_path / "pictures", 37)
    steps = []
    extract_pictures(sources(paths), tmp_path / "store", MeanColour, {}, steps.append)
    assert sum(steps) == 37


def test_interrupted_extraction_resumes(tmp_path):
    paths = make_pictures(tmp_path / "pictures", 60)
    steps = []

    def stop(done):
        steps.append(done)
        if sum(steps) >= 24:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract_pictures(sources(paths), tmp_path / "store", MeanColour, {}, stop)
    written = len(FeatureStore(tmp_path / "store"))
    assert written == sum(steps)
    extractor = MeanColour()
    summary = extract_pictures(sources(paths), tmp_path / "store", lambda: extractor, {})
    assert (summary.processed, summary.already_stored) == (60 - written, written)
    assert len(FeatureStore(tmp_path / "store")) == 60


def test_extraction_resumes_after_a_sigkill(tmp_path):
    paths = make_pictures(tmp_path / "pictures", 60)
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_extraction import MeanColour, extract_pictures, sources
steps = []
def die(done):
    steps.append(done)
    if sum(steps) >= 24:
        os.kill(os.getpid(), signal.SIGKILL)
paths = {{f"k{{n}}": Path({str(tmp_path / "pictures")!r}) / f"{{n}}.jpg" for n in range(60)}}
extract_pictures(sources(paths), Path({str(tmp_path / "store")!r}), MeanColour, {{}}, die)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -signal.SIGKILL
    assert len(FeatureStore(tmp_path / "store")) == 24
    extractor = MeanColour()
    summary = extract_pictures(sources(paths), tmp_path / "store", lambda: extractor, {})
    assert (summary.processed, summary.already_stored) == (36, 24)


def test_two_concurrent_extractions_share_the_work(tmp_path):
    paths = make_pictures(tmp_path / "pictures", 80)
    extractors = [MeanColour(), MeanColour()]

    def run(extractor):
        extract_pictures(sources(paths), tmp_path / "store", lambda: extractor, {})

    threads = [threading.Thread(target=run, args=(extractor,)) for extractor in extractors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(extractor.count for extractor in extractors) == 72  # the good ones, each once
    assert len(FeatureStore(tmp_path / "store")) == 80


def test_few_pictures_are_in_memory_at_a_time(tmp_path):
    """At most three batches of prepared pictures wait, however slow the extractor is."""
    alive, most = set(), []

    class Counting(MeanColour):
        def prepare(self, picture):
            alive.add(token := object())
            most.append(len(alive))
            return token

        def extract(self, prepared):
            alive.difference_update(prepared)
            return [Row({"global": np.zeros(3)}) for _ in prepared]

    paths = {key: path for key, path in make_pictures(tmp_path / "p", 200).items() if int(key[1:]) % 10}
    extract_pictures(sources(paths), tmp_path / "store", Counting, {})
    assert max(most) <= 4 * Counting.batch_size
