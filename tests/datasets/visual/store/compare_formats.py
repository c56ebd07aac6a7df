"""Compares the feature store with known formats; the figures are in docs/performance.md.

    python tests/datasets/visual/store/compare_formats.py --folder DIR

Every step runs in a fresh process, all formats in turn, several times. Linux only.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from shutil import rmtree
from statistics import median

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from mnerbench.datasets.visual.store import store as store_module
from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row

SHAPE = (49, 2048)  # a ResNet grid at 224 pixels
BATCH, WRITTEN_AT_ONCE = 8, 32
PAGE = 4096


def synced(path):
    """Flush a file, or the entries of a folder, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def put(path, write):
    """Write a file atomically and durably: under a temporary name, synced, then renamed."""
    temporary = path.with_name(f".{path.name}.part")
    write(temporary)
    synced(temporary)
    temporary.replace(path)
    synced(path.parent)


class Store:
    """Our store."""

    def write(self, folder, dtype, batches, count):
        store = FeatureStore(folder, [Field("grid", SHAPE, dtype)])
        with store.writing({}) as writer:
            for batch in batches:
                writer.write({key: Row({"grid": row}) for key, row in batch.items()})
                yield len(batch)

    def reader(self, folder):
        store = FeatureStore(folder)
        return lambda key: store.array(key, "grid")

    def stored(self, folder):
        return len(FeatureStore(folder))


class UnreleasedStore(Store):
    """Our store, if readers never released mapped pages."""

    def reader(self, folder):
        store_module._MAPPED_LIMIT = 1 << 60
        return super().reader(folder)


class SafetensorsFile:
    """One file of all pictures, which can only be written as a whole."""

    def write(self, folder, dtype, batches, count):
        rows = {key: row.copy() for batch in batches for key, row in batch.items()}
        put(folder / "all.safetensors", lambda path: save_file(rows, path))
        yield count

    def reader(self, folder):
        return safe_open(folder / "all.safetensors", framework="numpy").get_tensor

    def stored(self, folder):
        path = folder / "all.safetensors"
        return len(safe_open(path, framework="numpy").keys()) if path.exists() else 0


class SafetensorsShards:
    """A file per written batch; a reader keeps all files mapped."""

    def write(self, folder, dtype, batches, count):
        for number, batch in enumerate(batches):
            put(folder / f"{number:06}.safetensors", lambda path, batch=batch: save_file(batch, path))
            yield len(batch)

    def _shards(self, folder):
        return [safe_open(path, framework="numpy") for path in sorted(folder.glob("*.safetensors"))]

    def reader(self, folder):
        shards = {key: shard for shard in self._shards(folder) for key in shard.keys()}  # noqa: SIM118
        return lambda key: shards[key].get_tensor(key)

    def stored(self, folder):
        return sum(len(shard.keys()) for shard in self._shards(folder))


class NpyMap:
    """One mapped `.npy` with a number of rows fixed in advance, and a list of the rows written so far."""

    def write(self, folder, dtype, batches, count):
        array = np.lib.format.open_memmap(folder / "all.npy", "w+", dtype, (count, *SHAPE))
        with (folder / "written.txt").open("ab") as written:
            for batch in batches:
                for key, row in batch.items():
                    array[int(key)] = row
                array.flush()
                written.write("".join(f"{key}\n" for key in batch).encode())
                written.flush()
                os.fsync(written.fileno())
                yield len(batch)

    def reader(self, folder):
        array = np.load(folder / "all.npy", mmap_mode="r")
        return lambda key: array[int(key)]

    def stored(self, folder):
        return len((folder / "written.txt").read_text().splitlines())


def save_npy(path, row):
    with path.open("wb") as stream:
        np.save(stream, row)


class NpyFiles:
    """A `.npy` per picture."""

    def write(self, folder, dtype, batches, count):
        for batch in batches:
            for key, row in batch.items():
                put(folder / f"{key}.npy", lambda path, row=row: save_npy(path, row))
            yield len(batch)

    def reader(self, folder):
        return lambda key: np.load(folder / f"{key}.npy")

    def stored(self, folder):
        return len(list(folder.glob("*.npy")))


FORMATS = {
    "ours": Store(),
    "ours, pages not released": UnreleasedStore(),
    "safetensors, one file": SafetensorsFile(),
    "safetensors, a file per 32 pictures": SafetensorsShards(),
    ".npy, one mapped file": NpyMap(),
    ".npy, a file per picture": NpyFiles(),
}


def batches(dtype, count):
    """Batches of noise by key."""
    rows = np.random.default_rng(0).normal(size=(WRITTEN_AT_ONCE, *SHAPE)).astype(dtype)
    for first in range(0, count, WRITTEN_AT_ONCE):
        keys = range(first, min(count, first + WRITTEN_AT_ONCE))
        yield {str(key): rows[key - first] for key in keys}


def memory(name):
    """Bytes of memory of this process: `VmHWM` (peak), `VmRSS`, `RssAnon`."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def reset_peak():
    """Set the peak of memory to the present value, and return it."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def write(form, folder, dtype, count):
    """Rate and memory of writing with a sync after each batch, and size on disk."""
    data = list(batches(dtype, count))
    before = reset_peak()
    cpu, wall = time.process_time(), time.perf_counter()
    assert sum(form.write(folder, dtype, data, count)) == count
    spent = time.process_time() - cpu, time.perf_counter() - wall
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return {
        "written per CPU second": count / spent[0],
        "written per second": count / spent[1],
        "MB of memory to write": (memory("VmHWM") - before) / 1e6,
        "overhead on disk, %": 100 * (size / (count * int(np.prod(SHAPE)) * np.dtype(dtype).itemsize) - 1),
    }


def read(form, folder, dtype, count):
    """CPU and wall time to copy a batch of random rows into an array, with all pages in the cache.

    The array's address modulo the page size varies: where it is a few bytes above that of the rows, as numpy allocates
    large arrays (16 bytes), loads wait for stores to the same low 12 bits and any copy takes four times as long.
    """
    get, random, spent = form.reader(folder), np.random.default_rng(1), []
    size = BATCH * int(np.prod(SHAPE)) * np.dtype(dtype).itemsize
    buffer = np.empty(size + 2 * PAGE, np.uint8)
    for _ in range(400):
        offset = -buffer.ctypes.data % PAGE + 64 * int(random.integers(1, PAGE // 64))
        target = buffer[offset : offset + size].view(dtype).reshape(BATCH, *SHAPE)
        keys = list(map(str, random.integers(count, size=BATCH)))
        cpu, wall = time.process_time(), time.perf_counter()
        for index, key in enumerate(keys):
            target[index] = get(key)
        spent.append((time.process_time() - cpu, time.perf_counter() - wall))
    spent = spent[100:]
    return {
        "CPU ms per batch": 1000 * sum(cpu for cpu, _ in spent) / len(spent),
        "ms per batch, median": 1000 * median(wall for _, wall in spent),
    }


def epoch(form, folder, dtype, count):
    """Memory added by opening the files and reading all rows once in random order."""
    target, order = np.zeros((BATCH, *SHAPE), dtype), np.random.default_rng(2).permutation(count)
    before, anonymous = reset_peak(), memory("RssAnon")
    get = form.reader(folder)
    for start in range(0, count, BATCH):
        for index, key in enumerate(order[start : start + BATCH]):
            target[index] = get(str(key))
    return {
        "MB of memory to read an epoch": (memory("VmHWM") - before) / 1e6,
        "MB of it anonymous, at the end": (memory("RssAnon") - anonymous) / 1e6,
    }


def kill(form, folder, dtype, count):
    """Kill this process after half of the pictures were reported as written."""
    done = 0
    for written in form.write(folder, dtype, batches(dtype, count), count):
        done += written
        if done >= count // 2:
            os.kill(os.getpid(), signal.SIGKILL)


def stored(form, folder, dtype, count):
    """The share of the reported pictures that a reader finds after the kill."""
    reported = -(-(count // 2) // WRITTEN_AT_ONCE) * WRITTEN_AT_ONCE
    return {"% of reported rows readable after SIGKILL": 100 * form.stored(folder) / reported}


STEPS = {"write": write, "read": read, "epoch": epoch, "kill": kill, "stored": stored}


def run(step, name, folder, dtype, count):
    """Run a step in a fresh process and return its figures."""
    command = [sys.executable, __file__, "--folder", str(folder), "--pictures", str(count), "--step", step]
    result = subprocess.run([*command, "--format", name, "--dtype", dtype], capture_output=True, text=True, check=False)
    if result.returncode not in (0, -signal.SIGKILL):
        raise RuntimeError(result.stderr)
    return json.loads(result.stdout or "{}")


def measure(name, folder, dtype, count):
    """All figures of a format, once."""
    figures = {}
    for number, steps in enumerate((("write", "read", "epoch"), ("kill", "stored"))):
        part = folder / str(number)
        part.mkdir(parents=True)
        for step in steps:
            if (name, step) != ("safetensors, one file", "kill"):  # writes nothing before the end
                figures |= run(step, name, part, dtype, count)
        rmtree(part)
    return figures


def main():
    """Print a Markdown table per dtype: median (minimum to maximum)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--step", choices=STEPS)
    parser.add_argument("--format", choices=FORMATS)
    parser.add_argument("--dtype")
    options = parser.parse_args()
    if options.step:
        result = STEPS[options.step](FORMATS[options.format], options.folder, options.dtype, options.pictures)
        sys.stdout.write(json.dumps(result))
        return
    for dtype in ("float16", "float32"):
        rounds = [
            {name: measure(name, options.folder / "formats", dtype, options.pictures) for name in FORMATS}
            for _ in range(options.times)
        ]
        sys.stdout.write(f"\n| {dtype} | {' | '.join(FORMATS)} |\n|---|{'---:|' * len(FORMATS)}\n")
        for figure in rounds[0]["ours"]:
            cells = [[row[name][figure] for row in rounds] for name in FORMATS]
            texts = (f"{median(cell):,.3g} ({min(cell):,.3g} to {max(cell):,.3g})" for cell in cells)
            sys.stdout.write(f"| {figure} | {' | '.join(texts)} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
