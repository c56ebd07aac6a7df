"""SIGKILL during `report`, `merge`, `data get`, `data prepare`, `tune` and `run`.

After a kill at any moment, repeating the same command gives the result of an undisturbed command.
"""

from __future__ import annotations

import io
import json
import math
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from archive_server import Route, archive_server, zip_of
from hit_commands import Hit, tree
from PIL import Image
from small_probe import write_small_probe

from mnerbench.datasets.catalog import load_corpus
from mnerbench.datasets.visual.store.store import FeatureStore

pytestmark = pytest.mark.faults

SEED = int(os.environ.get("MNERBENCH_KILL_SEED", "0"))
VERBS = 6
# Kills of each verb; `MNERBENCH_KILLS=100 tox -e faults` distributes a hundred over all verbs.
KILLS = math.ceil(int(os.environ.get("MNERBENCH_KILLS", "18")) / VERBS)
IN_A_ROW = 3  # kills before the command runs to its end

SUITE = """
title = "hit"
datasets = ["tiny"]
methods = ["lookup", "bert-crf"]
seeds = 2
encoder = "scratch"
[training]
epochs = 6
batch_size = 4
lr_encoder = 1e-3
"""
# Measured, not computed, fields of records.
_TIMES = {"started", "seconds", "timings", "peak_memory", "resumed", "environment", "train_seconds", "dev_seconds"}


@pytest.fixture
def hit(tmp_path, summarise):
    """Kills a command in new folders `KILLS` times, and compares each final result with an undisturbed one."""

    def kill_often(
        verb: str, words: Callable[[Path], list[str]], make: Callable[[Path], None], result: Callable[[Path], Any]
    ):
        rng, kills, starts = random.Random(f"{verb} {SEED}"), [], 0
        calm = tmp_path / "calm"
        calm.mkdir()
        make(calm)
        life = Hit(words(calm), tmp_path / "calm.log", rng).to_the_end()
        expected = result(calm)
        assert expected
        while len(kills) < KILLS:
            folder = tmp_path / f"hit{starts}"
            folder.mkdir()
            make(folder)
            command = Hit(words(folder), tmp_path / f"hit{starts}.log", rng)
            while len(command.moments) < min(IN_A_ROW, KILLS - len(kills)) and command.kill(life):
                pass
            command.to_the_end()
            assert result(folder) == expected, command.moments
            kills += command.moments
            starts += 1
            shutil.rmtree(folder)
        thirds = [sum(low <= 3 * moment < low + 1 for moment in kills) for low in range(3)]
        moments = ", ".join(
            f"{count} in its {name} third" for count, name in zip(thirds, ("first", "second", "last"), strict=True)
        )
        summarise(f"{verb}: {len(kills)} SIGKILLs (seed {SEED}; {moments}), {starts} times the undisturbed result")

    return kill_often


def copy_of(source: Path, *parts: str, leave_out: tuple[str, ...] = ()) -> Callable[[Path], None]:
    return lambda folder: shutil.copytree(
        source, folder.joinpath(*parts), ignore=shutil.ignore_patterns(*leave_out) if leave_out else None
    )


def test_report(hit, root, fixtures):
    def words(folder):
        out = ["--out", str(folder / "out"), "--cache", str(folder / "cache"), "--data", str(fixtures)]
        return ["report", *out, "--format", "html", "--to", str(folder / "page.html")]

    def result(folder):
        return tree(folder, ["cache"])

    hit("report --to", words, copy_of(root / "tests" / "reports" / "small", "out"), result)


def test_merge(hit, root):
    small = root / "tests" / "reports" / "small"
    runs = sorted(path.parent.name for path in small.glob("*/record.json"))

    def make(folder):
        copy_of(small, "a", leave_out=tuple(runs[::2]))(folder)
        copy_of(small, "b", leave_out=tuple(runs[1::2]))(folder)

    def words(folder):
        return ["merge", str(folder / "a"), str(folder / "b"), "--out", str(folder / "out")]

    hit("merge", words, make, lambda folder: tree(folder, [".incoming"]))


def test_data_get(hit, fixtures):
    with archive_server() as server:
        card = (fixtures / "tiny" / "card.toml").read_text(encoding="utf-8")
        card = card.partition("[captions.blip2]")[0] + card[card.index("[sizes.train]") :]
        for name in ("train.txt", "valid.txt", "test.txt"):
            body = (fixtures / "tiny" / name).read_bytes()
            server.routes[f"/{name}"] = Route(body, etag='"1"', content_type="text/plain", pause=0.02)
            card = card.replace(f'path = "{name}",', f'path = "{name}", url = "{server.url(f"/{name}")}",')
        corpus = load_corpus("tiny", fixtures)
        images = sorted(corpus.image_ids - corpus.missing_images)
        server.routes["/a.zip"] = Route(zip_of(large_pictures(images)), etag='"1"', pause=0.002)
        card += f'\n[[archives]]\nname = "a"\nurl = "{server.url()}"\nholds = "h"\npath = "a.zip"\n'
        card += f"pictures = {len(images)}\n"

        def make(folder):
            (folder / "data" / "tiny").mkdir(parents=True)
            (folder / "data" / "tiny" / "card.toml").write_text(card, encoding="utf-8")
            shutil.copy(fixtures / "tiny" / "missing_images.txt", folder / "data" / "tiny")

        def words(folder):
            return ["data", "get", "tiny", "--images", "--data", str(folder / "data")]

        hit("data get", words, make, lambda folder: tree(folder, [".images-checked.json"]))


def large_pictures(images):
    """Pictures of about 20 kB each, by their paths in an archive, which take a second to send."""
    rng, members = random.Random(0), {}
    for image in images:
        stream = io.BytesIO()
        Image.frombytes("RGB", (96, 72), rng.randbytes(96 * 72 * 3)).save(stream, "PNG")
        members[f"images/{image}.png"] = stream.getvalue()
    return members


def test_data_prepare(hit):
    def make(folder):
        write_small_probe(folder / "data", "object", sizes=(60, 20, 20))

    def words(folder):
        folders = ["--data", str(folder / "data"), "--cache", str(folder / "cache")]
        return ["data", "prepare", "small", "--input", "grid=resnet18@weights=random,size=96", *folders]

    def result(folder):
        [about] = (folder / "cache" / "features").rglob("about.json")
        store = FeatureStore(about.parent)
        keys = sorted(json.loads(line)["key"] for line in (about.parent / "index.jsonl").read_text().splitlines())
        assert len(keys) == len(set(keys)), "the store has a picture twice"
        return {key: [store.array(key, field.name).tobytes() for field in store.fields] for key in keys}

    hit("data prepare", words, make, result)


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(inner) for key, inner in value.items() if key not in _TIMES}
    return [without_times(inner) for inner in value] if isinstance(value, list) else value


def training_command(verb, fixtures, *more):
    """Arguments of a command on the short suite."""

    def words(folder):
        folders = ["--data", str(fixtures), "--cache", str(folder / "cache"), "--out", str(folder / "out")]
        flags = ["--suite", str(folder / "hit.toml"), "--threads", "1", "--checkpoint-every", "0", "--no-mlflow"]
        return [verb, *flags, *folders, *more]

    return words


def suite(folder):
    (folder / "hit.toml").write_text(SUITE, encoding="utf-8")


def test_run(hit, fixtures):
    def result(folder):
        out = folder / "out"
        records = {path.parent.name: without_times(json.loads(path.read_text())) for path in out.glob("*/record.json")}
        assert {record["status"] for record in records.values()} == {"done"}
        assert not [*out.rglob("checkpoint.pt")]
        files = tree(out, ["record.json", "reports", "mlflow.db"])
        return records, files

    hit("run", training_command("run", fixtures), suite, result)


def test_tune(hit, fixtures):
    """The draws may depend on the moment of the kill, but every trial must end and count."""

    def result(folder):
        stored = json.loads((folder / "out" / "tuning" / "hit" / "results.json").read_text())
        [search] = stored["searches"]
        trials = search["trials"]
        assert [trial["number"] for trial in trials] == list(range(3))
        assert {trial["state"] for trial in trials} <= {"complete", "pruned"}
        assert len({json.dumps(trial["values"], sort_keys=True) for trial in trials}) == 3
        best = max(trial["value"] for trial in trials if trial["state"] == "complete")
        assert (folder / "out" / "tuning" / "hit" / "tuned-tiny.toml").is_file()
        assert not [*(folder / "out").rglob("checkpoint.pt")]
        assert best >= trials[0]["value"]
        return {key: trials[0][key] for key in ("values", "value", "curve", "state")}

    hit("tune", training_command("tune", fixtures, "--method", "bert-crf", "--trials", "3"), suite, result)
