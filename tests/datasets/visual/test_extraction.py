"""Extraction over many pictures, some of them broken: ends, names every bad one, loses no good one, repeats nothing."""

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
    """Mean red, green and blue; remembers what it was asked for."""

    fields = (Field("global", (3,), "float32"),)
    batch_size = 8

    def __init__(self):
        self.seen = 0

    def prepare(self, picture):
        return np.asarray(picture, np.float32).mean((0, 1))

    def extract(self, prepared):
        self.seen += len(prepared)
        assert len(prepared) <= self.batch_size
        return [Row({"global": value}, {"n": self.seen}) for value in prepared]


def make_pictures(folder, count):
    """Pictures by key; every tenth is broken in one of six ways, and one is only odd (CMYK, GIF, one pixel, turned)."""
    folder.mkdir(exist_ok=True)
    paths = {}
    for number in range(count):
        image = Image.new("RGB", (20, 10), (number % 256, number // 256, 7))
        stream = BytesIO()
        odd = {3: ("CMYK", "JPEG"), 13: ("P", "GIF"), 23: ("L", "BMP")}.get(number)
        image.convert(odd[0] if odd else "RGB").save(stream, odd[1] if odd else "PNG")
        data = stream.getvalue()
        if number % 10 == 0:
            data = [b"", data[:40], b"no picture", data[:-30], b"\x89PNG\r\n\x1a\n", b"%PDF-1.4"][number // 10 % 6]
        paths[f"k{number}"] = folder / f"{number}.jpg"
        paths[f"k{number}"].write_bytes(data)
    return paths


def sources(paths):
    return {key: partial(read_picture, path) for key, path in paths.items()}


def test_every_bad_picture_is_named_and_every_good_one_is_there(tmp_path):
    paths = make_pictures(tmp_path / "pictures", 100)
    found = extract_pictures(sources(paths), tmp_path / "store", MeanColour, {})
    assert set(found.bad) == {f"k{n}" for n in range(0, 100, 10)}
    assert (found.made, found.known, found.failed) == (100, 0, {})
    store = FeatureStore(tmp_path / "store")
    for number in set(range(100)) - set(range(0, 100, 10)) - {3, 13, 23}:
        np.testing.assert_allclose(store.array(f"k{number}", "global"), [number, 0, 7], atol=1e-4)


class Exhausted(MeanColour):
    """Runs out of memory over red pictures of one brightness in threads, and of another in its batch."""

    def prepare(self, picture):
        if picture.getpixel((0, 0))[0] == 3:
            raise MemoryError
        return super().prepare(picture)

    def extract(self, prepared):
        if any(round(value[0]) == 12 for value in prepared):
            raise MemoryError
        return super().extract(prepared)


def test_what_went_wrong_only_this_time_is_told_and_looked_at_again(tmp_path):
    paths = {key: path for key, path in make_pictures(tmp_path / "p", 20).items() if int(key[1:]) not in (0, 10, 13)}
    paths["gone"] = tmp_path / "gone.png"
    told = []
    first = extract_pictures(sources(paths), tmp_path / "store", Exhausted, {}, told.append)
    batch = {f"k{n}" for n in (9, 11, 12, 14, 15, 16, 17, 18)}
    assert first.failed.keys() == {"gone", "k3"} | batch
    assert first.failed["gone"] == "cannot be read: No such file or directory"
    assert first.failed["k3"] == "not enough memory to prepare it"
    assert {first.failed[key] for key in batch} == {"not enough memory for its batch"}
    assert (first.bad, first.made, sum(told)) == ({}, 8, 18)
    assert len(FeatureStore(tmp_path / "store")) == 8
    Image.new("RGB", (2, 2)).save(tmp_path / "gone.png")
    second = extract_pictures(sources(paths), tmp_path / "store", MeanColour, {})
    assert (second.made, second.known, second.bad, second.failed) == (10, 8, {}, {})


def test_what_is_made_of_other_bytes_is_not_kept_under_a_digest(tmp_path):
    path = tmp_path / "a.png"
    Image.new("RGB", (2, 2), "red").save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_picture(path, digest).getpixel((0, 0)) == (255, 0, 0)
    Image.new("RGB", (2, 2), "blue").save(path)
    found = extract_pictures({digest: partial(read_picture, path, digest)}, tmp_path / "store", MeanColour, {})
    assert (found.made, found.failed) == (0, {digest: "was changed after its content was identified"})
    assert len(FeatureStore(tmp_path / "store")) == 0


def test_a_second_time_there_is_nothing_to_do_and_the_extractor_is_not_loaded(tmp_path):
    paths = make_pictures(tmp_path / "pictures", 30)
    first = extract_pictures(sources(paths), tmp_path / "store", MeanColour, {})

    def refuse():
        raise AssertionError("loaded")

    again = extract_pictures(sources(paths), tmp_path / "store", refuse, {})
    assert (again.made, again.known, again.bad) == (0, 30, first.bad)


def test_progress_counts_every_picture_once(tmp_path):
    paths = make_pictures(tmp_path / "pictures", 37)
    told = []
    extract_pictures(sources(paths), tmp_path / "store", MeanColour, {}, told.append)
    assert sum(told) == 37


def test_interrupted_work_goes_on_where_it_stopped(tmp_path):
    paths = make_pictures(tmp_path / "pictures", 60)
    told = []

    def stop(done):
        told.append(done)
        if sum(told) >= 24:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract_pictures(sources(paths), tmp_path / "store", MeanColour, {}, stop)
    written = len(FeatureStore(tmp_path / "store"))
    assert written == sum(told)
    extractor = MeanColour()
    found = extract_pictures(sources(paths), tmp_path / "store", lambda: extractor, {})
    assert (found.made, found.known) == (60 - written, written)
    assert len(FeatureStore(tmp_path / "store")) == 60


def test_a_sigkill_is_survived(tmp_path):
    paths = make_pictures(tmp_path / "pictures", 60)
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_extraction import MeanColour, extract_pictures, sources
told = []
def die(done):
    told.append(done)
    if sum(told) >= 24:
        os.kill(os.getpid(), signal.SIGKILL)
paths = {{f"k{{n}}": Path({str(tmp_path / "pictures")!r}) / f"{{n}}.jpg" for n in range(60)}}
extract_pictures(sources(paths), Path({str(tmp_path / "store")!r}), MeanColour, {{}}, die)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -signal.SIGKILL
    assert len(FeatureStore(tmp_path / "store")) == 24
    extractor = MeanColour()
    found = extract_pictures(sources(paths), tmp_path / "store", lambda: extractor, {})
    assert (found.made, found.known) == (36, 24)


def test_two_at_once_share_the_work(tmp_path):
    paths = make_pictures(tmp_path / "pictures", 80)
    extractors = [MeanColour(), MeanColour()]
    threads = [
        threading.Thread(target=extract_pictures, args=(sources(paths), tmp_path / "store", lambda own=own: own, {}))
        for own in extractors
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(own.seen for own in extractors) == 72  # the good ones, each once
    assert len(FeatureStore(tmp_path / "store")) == 80


def test_few_pictures_are_in_memory_at_a_time(tmp_path):
    """Prepared pictures wait in at most three batches, however slow the extractor is."""
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
