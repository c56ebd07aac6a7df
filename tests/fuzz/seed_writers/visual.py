"""Visual inputs: texts, regions, vectors, and what is remembered of files."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

import numpy as np

from seed_writers.saving import IMAGES, array_file, lines, save


def texts() -> None:
    save("captions", "plain.txt", "".join(f"{image}.jpg :a dog on a beach, {n}\n" for n, image in enumerate(IMAGES)))
    save("captions", "lines.jsonl", lines([{"image_id": image, "captions": ["a dog", "a beach"]} for image in IMAGES]))
    save(
        "captions", "array.json", json.dumps([{"image": f"{image}.jpg", "generated_text": "a dog"} for image in IMAGES])
    )
    tag = {"name": "dog", "score": 0.93, "attributes": [{"name": "brown", "score": 0.8}]}
    save("tags", "tags.jsonl", lines([{"image_id": image, "tags": [tag, "cat", ["tree", 0.5]]} for image in IMAGES]))
    easy = {"img_id": IMAGES[1], "ocr": [[[[0, 0], [9, 0], [9, 9], [0, 9]], "STOP", 0.9]]}
    save(
        "ocr",
        "ocr.jsonl",
        lines([{"image_id": IMAGES[0], "text": "EXIT"}, easy, {"image_id": IMAGES[2], "words": ["a", "b"]}]),
    )
    box = {"name": "dog", "box": [1, 2, 30, 40], "score": 0.9}
    save("boxes", "boxes.jsonl", lines([{"image_id": image, "size": [64, 48], "boxes": [box]} for image in IMAGES]))
    vectors = "".join(
        f"{word} {' '.join(f'{n / 10 + index:.2f}' for n in range(6))}\n"
        for index, word in enumerate(["the", "cat", "Port"])
    )
    save("word-vectors", "glove.txt", vectors)
    save("word-vectors", "word2vec.txt", f"3 6\n{vectors}")


def features() -> None:
    from region_files import SIX, TEN, line, npz, regions
    from safetensors.numpy import save as safetensors

    save("region-npz", "one.npz", npz(regions(), compressed=False))
    save("region-npz", "compressed.npz", npz(regions(1)))
    save("region-table", "six.tsv", "".join(line(image, regions(n), SIX) for n, image in enumerate(IMAGES)))
    save("region-table", "ten.tsv", "\t".join(TEN) + "\r\n" + line(IMAGES[0], regions(5), TEN))
    save("region-classes", "classes.txt", "dog\ncat,kitten\ntree\nhouse\nperson\ncar\n")
    rows = {image: np.arange(6, dtype=np.float32) + n for n, image in enumerate(IMAGES)}
    stream = io.BytesIO()
    np.savez(stream, **rows)
    save("vector-npz", "named.npz", stream.getvalue())
    stream = io.BytesIO()
    np.savez(stream, ids=np.array(IMAGES), vectors=np.stack(list(rows.values())))
    save("vector-npz", "listed.npz", stream.getvalue())
    save("vector-safetensors", "named.safetensors", safetensors(rows))
    listed = safetensors({"vectors": np.stack(list(rows.values()))}, {"ids": json.dumps(IMAGES)})
    save("vector-safetensors", "listed.safetensors", listed)
    save("vector-npy", "matrix.npy", array_file(np.stack(list(rows.values()))))
    save("vector-ids", "ids.txt", "\n".join(IMAGES) + "\n")


def memories() -> None:
    """What is remembered of files, as the package writes it."""
    from fuzzer.targets import features

    for reader, pattern, name in (
        (features._region_memory, "regions-*.jsonl", "region-memory"),
        (features._vector_memory, "own-*.json", "vector-memory"),
        (features._picture_memory, ".images-checked.json", "picture-memory"),
    ):
        with tempfile.TemporaryDirectory() as folder:
            reader(b"{}", Path(folder))
            [path] = Path(folder).rglob(pattern)
            save(name, f"memory{path.suffix}", path.read_bytes())
