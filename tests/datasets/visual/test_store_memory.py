"""A process that reads a store does not grow with it: neither with what was read nor with what was found."""

import subprocess
import sys

import numpy as np
import pytest

from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row

GROWTH = """
import resource, sys
from pathlib import Path
from mnerbench.datasets.visual.store.store import FeatureStore
def peak():
    # Not the resource limits' number where there is another: Linux hands that of the process that started this one on.
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else ()
    own = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")]
    unit = 1 if sys.platform == "darwin" else 1024
    return own[0] if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
folder, count, what = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
before = peak()
store = FeatureStore(folder)
for key in range(count):
    if what == "facts":
        assert store.facts(str(key))["words"][-1] == [key, "word"]
    else:
        assert store.array(str(key), what)[0] == key
print(peak() - before)
"""


def growth(folder, count, what):
    """By how many bytes a process grows that opens a store and asks each row for something."""
    command = [sys.executable, "-c", GROWTH, str(folder), str(count), what]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize(("count", "long", "asked"), [(320, 1 << 18, "long"), (4096, 20_000, "short")])
def test_reading_much_more_than_memory_should_hold_keeps_memory_flat(tmp_path, count, long, asked):
    """Over 300 MiB of rows, read whole, or a little of each: the kernel maps 64 KiB around every byte that is read."""
    store = FeatureStore(tmp_path, (Field("short", (8,), "float32"), Field("long", (long,), "float32")))
    with store.writing({}) as writer:
        for first in range(0, count, 64):
            keys = range(first, first + 64)
            full = {key: np.full(long, key, np.float32) for key in keys}
            writer.write({str(key): Row({"short": full[key][:8], "long": full[key]}) for key in keys})
    assert (tmp_path / "rows.bin").stat().st_size > 300 << 20
    assert growth(tmp_path, count, asked) < 160 << 20


def test_what_was_found_besides_arrays_stays_on_disk(tmp_path):
    store = FeatureStore(tmp_path, ())
    with store.writing({}) as writer:
        writer.write({str(key): Row(facts={"words": [[key, "word"]] * 300}) for key in range(8000)})
    assert (tmp_path / "index.jsonl").stat().st_size > 30 << 20
    assert growth(tmp_path, 8000, "facts") < 20 << 20
