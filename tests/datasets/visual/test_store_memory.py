"""Memory of a process that reads a store is bounded, whatever is stored and read."""

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
    # On Linux, ru_maxrss is inherited from the parent process.
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else ()
    values = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")]
    unit = 1 if sys.platform == "darwin" else 1024
    return values[0] if values else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
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
    """Growth in bytes of a process that opens a store and reads something of each row."""
    command = [sys.executable, "-c", GROWTH, str(folder), str(count), what]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize(("count", "long", "field"), [(320, 1 << 18, "long"), (4096, 20_000, "short")])
def test_memory_is_bounded_when_reading_arrays(tmp_path, count, long, field):
    """Over 300 MiB of rows, read entirely or a little of each: the kernel maps 64 KiB around every byte read."""
    store = FeatureStore(tmp_path, (Field("short", (8,), "float32"), Field("long", (long,), "float32")))
    with store.writing({}) as writer:
        for first in range(0, count, 64):
            keys = range(first, first + 64)
            full = {key: np.full(long, key, np.float32) for key in keys}
            writer.write({str(key): Row({"short": full[key][:8], "long": full[key]}) for key in keys})
    assert (tmp_path / "rows.bin").stat().st_size > 300 << 20
    assert growth(tmp_path, count, field) < 160 << 20


def test_memory_is_bounded_when_reading_json_data(tmp_path):
    store = FeatureStore(tmp_path, ())
    with store.writing({}) as writer:
        writer.write({str(key): Row(facts={"words": [[key, "word"]] * 300}) for key in range(8000)})
    assert (tmp_path / "index.jsonl").stat().st_size > 30 << 20
    assert growth(tmp_path, 8000, "facts") < 20 << 20
