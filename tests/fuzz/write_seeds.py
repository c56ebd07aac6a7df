"""Writes `seeds/` anew: small undamaged files of every kind that is read. Run by hand when a format changes.

They are kept in the repository, not made when they are needed, so that an input has the same bytes on every machine.
"""

from __future__ import annotations

import gzip
import io
import json
import lzma
import random
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
SEEDS = HERE / "seeds"
TESTS = HERE.parent
TINY = TESTS / "fixtures" / "tiny"
sys.path.insert(0, str(TESTS / "shared"))

IMAGES = ("T_1001", "T_1002", "T_1005", "T_1011")
TWEETS = [
    (["Ilse", "Brandt", "visits", "Port", "Ostrey", "#sea"], ["B-PER", "I-PER", "O", "B-LOC", "I-LOC", "O"]),
    (["rain", "again", "\u00a0", "é"], ["O", "O", "O", "O"]),
    (["Nordwind", "FC", "1", ":", "0"], ["B-ORG", "I-ORG", "O", "O", "O"]),
]


def save(target: str, name: str, content: bytes | str) -> None:
    path = SEEDS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def lines(rows: list[object]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def array_file(values: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


def corpora() -> None:
    head = TINY.joinpath("train.txt").read_text(encoding="utf-8")[:700]
    save("corpus", "umt.txt", head.rpartition("\n\n")[0] + "\n")
    plain = "\n\n".join("\n".join(f"{w} NN {tag}" for w, tag in zip(*t, strict=True)) for t in TWEETS)
    save("corpus", "conll.txt", f"-DOCSTART- -X- O\n\n{plain}\n")
    tab = "\n\n".join("\n".join(f"{w}\t{tag}" for w, tag in zip(*t, strict=True)) for t in TWEETS)
    bioes = tab.replace("I-PER", "E-PER").replace("I-LOC", "E-LOC").replace("I-ORG", "E-ORG")
    save("corpus", "bioes.txt", bioes + "\n")
    rows = [{"id": f"a{n}", "image_id": IMAGES[n], "tokens": w, "label": t} for n, (w, t) in enumerate(TWEETS)]
    save("corpus", "words.jsonl", lines(rows))
    numbers = {"O": 0, "B-PER": 1, "I-PER": 2, "B-LOC": 3, "I-LOC": 4, "B-ORG": 5, "I-ORG": 6}
    save("corpus", "numbers.jsonl", lines([{"tokens": w, "ner_tags": [numbers[x] for x in t]} for w, t in TWEETS]))
    offsets = [
        {"id": 1, "text": "Ilse Brandt visits Port Ostrey", "entities": [[0, 11, "PER"], [19, 30, "LOC"]]},
        {"id": 2, "text": "Nordwind 🙂 FC", "entities": [{"start": 0, "end": 8, "label": "ORG"}]},
    ]
    save("corpus", "offsets.jsonl", lines(offsets))
    spans = [{"text": row["text"], "spans": row["entities"]} for row in offsets]
    save("corpus", "spans.jsonl", lines(spans))
    save("corpus", "array.json", json.dumps(rows, indent=1))
    several = [{**row, "image_id": [f"{row['image_id']}{n}" for n in "abc"]} for row in rows]
    save("corpus", "several.jsonl", lines(several))
    mentions = [["Ilse Brandt", "PER", 0, 11, "https://x/Ilse"], ["Port Ostrey", "LOC", 19, 30, ""]]
    listed = [offsets[0]["text"], "https://x/0/06/Ilse%20Brandt.jpg", "politics", mentions]
    save("corpus", "lists.json", json.dumps([listed, ["Rain", None, "weather", []]]))
    pairs = [
        f'"{n}","7","RT @a: \\"{" ".join(w)}\\" https://t.co/x{n}","1","{n % 2}"' for n, (w, _) in enumerate(TWEETS)
    ]
    header = '"tweet_id","user_id","tweet","text_is_represented","image_adds"'
    save("relations", "pairs.csv", "\n".join([header, *pairs]) + "\n")
    names = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"]
    info = {"features": {"ner_tags": {"feature": {"names": names, "_type": "ClassLabel"}, "_type": "Sequence"}}}
    save("tag-names", "info.json", json.dumps(info))
    save("tag-names", "list.json", json.dumps(names))
    save("tag-names", "labels.txt", "\n".join(names) + "\n")
    save("tag-names", "numbers.json", json.dumps({str(n): name for n, name in enumerate(names)}))
    save("image-list", "missing.txt", "T_1001.jpg\nT_1002\n\nT_9\n")
    parquet()


def parquet() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"tokens": [w for w, _ in TWEETS], "ner_tags": [t for _, t in TWEETS], "image_id": IMAGES[:3]})
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="none")
    save("parquet", "train.parquet", stream.getvalue())


def cards_and_suites() -> None:
    import tomli_w

    card = TINY.joinpath("card.toml").read_text(encoding="utf-8").replace('"tiny"', '"mine"')
    save("card", "whole.toml", card)
    small = {
        "name": "mine",
        "types": ["PER", "LOC", "ORG", "MISC", "OTHER"],
        "files": {s: f"{s}.txt" for s in ("train", "valid", "test")},
    }
    save("card", "small.toml", tomli_w.dumps(small))
    probe = {**small, "files": {}, "title": "t", "summary": "s", "images": "drawn", "how_to_get": "x"}
    probe["probe"] = {"evidence": ["relation", "object"], "train": 6, "valid": 3, "test": 3}
    save("card", "probe.toml", tomli_w.dumps({key: value for key, value in probe.items() if value}))
    fetched = {**small, "images": "here", "citation": "c", "licence": "l", "scheme": "bio", "format": "umt"}
    fetched["label_map"] = {"OTHER": "MISC"}
    fetched["files"] = {"train": {"path": "train.txt", "url": "https://example.org/train.txt", "sha256": "0" * 64}}
    save("card", "fetched.toml", tomli_w.dumps(fetched))
    suite = {
        "title": "short",
        "datasets": ["tiny"],
        "methods": ["lookup", "bert-crf", "ita-ga+cva"],
        "baseline": "lookup",
    }
    suite |= {"seeds": 2, "encoder": "scratch", "training": {"epochs": 3, "batch_size": 4, "lr_encoder": 1e-3}}
    suite |= {"settings": {"ita-ga+cva": {"captions": 2}}, "inputs": {"captions": "blip2"}, "train_tweets": [10, "all"]}
    save("suite", "plain.toml", tomli_w.dumps(suite))
    part = {"methods": ["bert-crf"], "encoder": "scratch", "protocol": "paper", "pinned": {"epochs": 2}}
    parts = {"title": "parts", "datasets": ["tiny"], "seeds": [0, 3], "parts": [part, {"methods": ["lookup"]}]}
    save("suite", "parts.toml", tomli_w.dumps(parts))
    variant = {"of": "ita-ga", "settings": {"captions": 1}, "sources": {"captions": "blip2"}}
    save(
        "suite",
        "variants.toml",
        tomli_w.dumps({"of": "demo", "title": "v", "datasets": ["tiny"], "methods": ["v"], "variants": {"v": variant}}),
    )
    tuned = {"methods": ["bert-crf"], "encoder": "scratch", "word_vectors": "random", "protocol": "tuned"}
    tuned |= {"training": {"epochs": 2, "lr_encoder": 3e-5}, "settings": {"bert-crf": {"dropout": 0.25}}}
    save(
        "tuned",
        "tuned-tiny.toml",
        tomli_w.dumps({"title": "s, best on dev", "datasets": ["tiny"], "seeds": [0, 1], "parts": [tuned]}),
    )
    flags = [
        "--set bert-crf.dropout=0.2",
        "--set training.epochs=2",
        "--set ita-ga.captions=1",
        "--input captions=blip2",
    ]
    save(
        "flags",
        "some.txt",
        "\n".join([*flags, "--seeds 3,5", "--methods bert-crf,ita-ga", "--train-tweets 10,all"]) + "\n",
    )
    save(
        "flags",
        "others.txt",
        "--set ita-ga.captions=1\n--methods ita-ga,lookup\n--seeds 2\n--input captions=x|blip2\n--baseline lookup\n",
    )


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


def pictures() -> None:
    rng = random.Random(0)
    picture = Image.frombytes("RGB", (24, 18), bytes(rng.randrange(256) for _ in range(24 * 18 * 3)))
    encoded = {}
    for name, kind, mode in [
        *(
            ("rgb.jpg", "JPEG", "RGB"),
            ("grey.jpg", "JPEG", "L"),
            ("rgba.png", "PNG", "RGBA"),
            ("indexed.png", "PNG", "P"),
        ),
        *(("frames.gif", "GIF", "P"), ("rgb.webp", "WEBP", "RGB"), ("rgb.bmp", "BMP", "RGB")),
    ]:
        stream = io.BytesIO()
        more = {"save_all": True, "append_images": [picture.rotate(90).convert(mode)]} if kind == "GIF" else {}
        picture.convert(mode).save(stream, kind, **more)
        encoded[name] = stream.getvalue()
        save("picture", name, encoded[name])
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "described"
    picture.save(stream, "JPEG", exif=exif)
    save("picture", "turned.jpg", stream.getvalue())
    archives({f"images/{image}.jpg": encoded["rgb.jpg"] for image in IMAGES[:3]} | {"readme.txt": b"x"})


def archives(members: dict[str, bytes]) -> None:
    import tarfile
    import zipfile

    for name, how in (("stored.zip", zipfile.ZIP_STORED), ("deflated.zip", zipfile.ZIP_DEFLATED)):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", how) as packed:
            for path, content in members.items():
                packed.writestr(zipfile.ZipInfo(path), content, how)
        save("archive", name, stream.getvalue())
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as packed:
        for path, content in members.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    plain = stream.getvalue()
    save("archive", "plain.tar", plain)
    save("archive", "packed.tar.gz", gzip.compress(plain, mtime=0))
    save("archive", "packed.tar.xz", lzma.compress(plain))


def predictions() -> None:
    import prediction_files as made

    from mnerbench.datasets.catalog import load_corpus

    test = load_corpus("tiny", TESTS / "fixtures")["test"]
    labels = made.noisy(test)
    save("predictions", "columns.txt", made.columns(test, labels))
    save("predictions", "markdown.txt", made.markdown(test, labels))
    save("predictions", "table.csv", made.comma_separated(test, labels))
    save("predictions", "blocks.txt", made.blocks(test, labels))
    save("predictions", "rows.jsonl", made.json_lines(made.rows(test, labels)))
    save("predictions", "array.json", json.dumps(made.rows(test, labels)[:20]))
    save("predictions", "rows.jsonl.gz", gzip.compress(made.json_lines(made.rows(test, labels)).encode(), mtime=0))
    entities = made.spans_of(
        test, labels, lambda _, items: [{"start": s, "end": e, "type": k} for _, k, s, e, *_ in items]
    )
    texts = [{"text": " ".join(tweet.words), "entities": spans} for tweet, spans in zip(test, entities, strict=True)]
    save("predictions", "entities.jsonl", made.json_lines(texts))
    save("predictions", "labels.txt", "\n".join(" ".join(row) for row in labels) + "\n")
    inline = [
        " ".join(f"{w}|{x}" for w, x in zip(tweet.words, row, strict=True))
        for tweet, row in zip(test, labels, strict=True)
    ]
    save("predictions", "inline.txt", "\n".join(inline) + "\n")
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr(zipfile.ZipInfo("predictions.txt"), made.columns(test, labels))
    save("predictions", "alone.zip", stream.getvalue())


def results() -> None:
    """A results folder with two runs, what they were scored on, a suite and a search; `prepared/` is copied whole."""
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.reports.load import load_results

    source, folder = TESTS / "reports" / "small", SEEDS / "prepared" / "results"
    for name in ("72f9c729676f88ad", "f3a60c13eb733fb7", "01e27224bb02737d", "suites"):
        shutil.copytree(source / name, folder / name)
    (folder / "splits").mkdir()
    for path in source.glob("splits/*.json"):
        if ".test." in path.name and path.name.startswith("tiny"):
            shutil.copy(path, folder / "splits" / path.name)
    load_results(RunStore(folder), (), None, lambda _: {})  # counts what predictions hold
    run = folder / "f3a60c13eb733fb7"
    attention(run / "attention" / "test.it.safetensors")
    searches(folder / "tuning" / "mini")


def attention(path: Path) -> None:
    from safetensors.numpy import save_file

    path.parent.mkdir(parents=True)
    weights = np.full((9, 4), 0.25, np.float32)
    save_file({"0 weights": weights, "0 boxes": np.zeros((4, 4), np.float32), "0 size": np.array([64, 48])}, path)


def searches(folder: Path) -> None:
    from mnerbench.benchmark.results.search_results import SearchResult, TrialResult, save_results
    from mnerbench.benchmark.tuning.storage import open_storage
    from mnerbench.benchmark.tuning.study import Search
    from mnerbench.methods.base.search_space import Range

    space = {"a": Range(0.0, 1.0)}
    search = Search("s", open_storage(None, folder), space, budget=6, seed=0, owner="me")
    search.begin_with({"a": 0.5})
    trials = []
    for number in range(3):
        trial, values = search.ask()
        trial.report(values["a"], 1)
        if number < 2:
            search.study.tell(trial, values["a"])
            result = {"state": "complete", "value": values["a"], "values": values, "curve": ((1, values["a"]),)}
            trials.append(TrialResult(number=number, seconds=1.0, **result))
    described = {key: str(where) for key, where in space.items()}
    search_result = SearchResult(
        method="bert-crf", dataset="tiny", budget=4, space=described, trials=tuple(trials), importance={"a": 1.0}
    )
    save_results(folder, "mini", [search_result])


def store() -> None:
    from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row

    folder = SEEDS / "prepared" / "store"
    feature_store = FeatureStore(folder, [Field("boxes", (-1, 4), "float32"), Field("grid", (3, 2), "float16")])
    with feature_store.writing({"family": "f"}) as writer:
        for number in range(3):
            arrays = {"boxes": np.ones((number, 4), np.float32), "grid": np.ones((3, 2), np.float16)}
            writer.write({f"key{number}": Row(arrays, {"size": [64, 48], "texts": ["x"]})})
        writer.write({"bad": "cannot be decoded"})
    (folder / ".lock").unlink(missing_ok=True)


def encoder() -> None:
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = SEEDS / "prepared" / "encoder"
    folder.mkdir(parents=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s", "a", "port", ",", "é"]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt"), do_lower_case=True).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=16,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)


def downloads() -> None:
    receipt = {
        "source": "a",
        "address": "http://127.0.0.1/a.zip",
        "size": 10,
        "sha256": "0" * 64,
        "pictures": 3,
        "whole": True,
    }
    receipt |= {"absent": ["T_1"], "decided": [], "undecided": [], "folder": "images"}
    save("image-receipt", "receipts.json", json.dumps([receipt]))
    version = {"url": "http://127.0.0.1/a.zip", "etag": '"1"', "modified": "Thu, 01 Jan 1970 00:00:00 GMT", "size": 10}
    save("partial-download", "version.json", json.dumps(version))


def checkpoint() -> None:
    from fuzzer.targets.encoders import MADE_BY, trainer

    from mnerbench.benchmark.training import checkpoint as stored

    stored._MADE_BY = MADE_BY
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.pt"
        trainer().save(stored.Checkpoint(path, 0))
        save("checkpoint", "checkpoint.pt", path.read_bytes())


if __name__ == "__main__":
    shutil.rmtree(SEEDS, ignore_errors=True)
    for write in (
        corpora,
        cards_and_suites,
        texts,
        features,
        pictures,
        predictions,
        results,
        store,
        encoder,
        downloads,
        memories,
        checkpoint,
    ):
        write()
