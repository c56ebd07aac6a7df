"""Writes a probe as a dataset folder in the formats of other datasets, so that it needs no special treatment."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from filelock import FileLock

from mnerbench.datasets.inputs import DRAWN
from mnerbench.datasets.probe_settings import ProbeSettings
from mnerbench.datasets.probes.generator import Probe, ProbeTweet
from mnerbench.datasets.probes.png import png_bytes
from mnerbench.datasets.probes.source_outputs import captions_of, detections_of, picture_of, text_in_picture


def probe_folder(name: str, cache: Path, probe: Probe, advance: Callable[[int], None] = lambda _: None) -> Path:
    """The folder of a probe below `<cache>/probes`, written if it does not exist yet.

    Args:
        name: name of the dataset.
        cache: the cache folder.
        probe: the generated probe.
        advance: receives the number of pictures drawn since the last call.

    Returns:
        A folder with `{train,valid,test}.jsonl`, `images/`, `captions.drawn.txt`, `tags.jsonl`, `ocr.jsonl`,
        `boxes.jsonl`, and `truth.jsonl` with the generator's hidden variables. It is always complete: a killed process
        leaves only a temporary folder with another name.
    """
    folder = folder_of_probe(name, cache, probe.settings)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not folder.is_dir():
            partial = Path(mkdtemp(dir=folder.parent, prefix=f".{name}-"))
            try:
                write_probe(partial, probe, advance)
                partial.rename(folder)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    return folder


def folder_of_probe(name: str, cache: Path, settings: ProbeSettings) -> Path:
    """The folder of a probe with these settings, whether or not it exists."""
    return cache / "probes" / f"{name}-{settings.digest[:12]}"


def write_probe(folder: Path, probe: Probe, advance: Callable[[int], None] = lambda _: None) -> None:
    """Write all files of a probe into a folder."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    captions, tags, ocr, boxes, truth = [], [], [], [], []
    for split, tweets in probe.splits.items():
        _write(folder / f"{split}.jsonl", map(_tweet_row, tweets))
        for tweet in tweets:
            image = str(tweet.example.image_id)
            drawn = picture_of(probe.settings, split, tweet)
            (folder / "images" / f"{image}.png").write_bytes(png_bytes(drawn.image))
            detections = detections_of(probe.settings, split, tweet, drawn)
            captions += [f"{image} :{text}\n" for text in captions_of(probe.settings, split, tweet)]
            tags.append({"image_id": image, "tags": [{"name": t["name"], "score": t["score"]} for t in detections]})
            ocr.append({"image_id": image, "text": text_in_picture(tweet, drawn)})
            boxes.append({"image_id": image, "size": [probe.settings.pixels] * 2, "boxes": detections})
            truth.append({"image_id": image, **_truth_row(tweet)})
            advance(1)
    (folder / f"captions.{DRAWN}.txt").write_text("".join(captions), encoding="utf-8", newline="\n")
    for name, rows in (("tags", tags), ("ocr", ocr), ("boxes", boxes), ("truth", truth)):
        _write(folder / f"{name}.jsonl", rows)


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8", newline="\n")


def _tweet_row(tweet: ProbeTweet) -> dict[str, Any]:
    example = tweet.example
    return {"id": example.id, "image_id": example.image_id, "tokens": example.words, "label": example.labels}


def _truth_row(tweet: ProbeTweet) -> dict[str, Any]:
    mentions = [
        {"start": m.start, "end": m.end, "type": m.type, "candidates": m.name.candidates} for m in tweet.mentions
    ]
    reports = {kind.value: reported for kind, reported in tweet.reports.items()}
    return {"shown": asdict(tweet.picture), "said": reports, "mentions": mentions}
