"""The folder of a probe: equal bytes on every machine, readable like any dataset, complete or absent."""

import hashlib
import json
import os
import subprocess
import sys

import pytest

from mnerbench.datasets.probe_settings import Evidence, Noise, ProbeSettings
from mnerbench.datasets.probes.folder import probe_folder, write_probe
from mnerbench.datasets.probes.generator import generate

FILES_DIGEST = "332e1b846634113ff5364541e35cd08d8a0bfe44610372a31a644b0290cf3332"


def test_every_byte_is_that_of_any_machine(tmp_path):
    # A stored digest, equal with Pillow 10.3, 11.0 and 13.0, which bring different deflate libraries. Changing it
    # requires a new GENERATOR.
    sources = dict.fromkeys(("detector", "captioner", "reader"), Noise(miss=0.2, confuse=0.3))
    write_probe(tmp_path, generate(ProbeSettings(evidence=tuple(Evidence), train=60, valid=20, test=20, **sources)))
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    digests = "".join(f"{file} {hashlib.sha256((tmp_path / file).read_bytes()).hexdigest()}\n" for file in files)
    assert hashlib.sha256(digests.encode()).hexdigest() == FILES_DIGEST


def test_another_process_with_another_hash_seed_makes_the_same(tmp_path):
    program = (
        "import sys; from pathlib import Path\n"
        "from mnerbench.datasets.probe_settings import ProbeSettings\n"
        "from mnerbench.datasets.probes.generator import generate\n"
        "from mnerbench.datasets.probes.folder import write_probe\n"
        "write_probe(Path(sys.argv[1]), generate(ProbeSettings(evidence=['object'], train=20, valid=5, test=5)))\n"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", program, tmp_path / seed], env=environment, check=True)
    files = sorted(path.relative_to(tmp_path / "1") for path in (tmp_path / "1").rglob("*") if path.is_file())
    assert len(files) == 30 + 8
    assert all((tmp_path / "1" / path).read_bytes() == (tmp_path / "2" / path).read_bytes() for path in files)


def test_the_folder_is_a_dataset_that_every_reader_reads(tmp_path):
    settings = ProbeSettings(evidence=tuple(Evidence), train=30, valid=5, test=10)
    folder = probe_folder("made", tmp_path, generate(settings))
    assert probe_folder("made", tmp_path, generate(settings)) == folder
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == [folder.name]
    rows = [json.loads(line) for line in (folder / "train.jsonl").read_text().splitlines()]
    assert [row["tokens"] for row in rows] == [list(t.example.words) for t in generate(settings).splits["train"]]
    assert len(list((folder / "images").iterdir())) == 45


def test_a_probe_that_was_killed_while_it_was_written_is_written_again(tmp_path):
    probe = generate(ProbeSettings(evidence=("object",), train=5, valid=1, test=1))

    def die(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        probe_folder("made", tmp_path, probe, die)
    assert not [path for path in (tmp_path / "probes").iterdir() if path.is_dir()]
    folder = probe_folder("made", tmp_path, probe)
    write_probe(tmp_path / "whole", probe)
    assert sorted(p.name for p in folder.rglob("*")) == sorted(p.name for p in (tmp_path / "whole").rglob("*"))
