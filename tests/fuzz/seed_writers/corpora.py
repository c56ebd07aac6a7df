"""Corpora, integer labels with their names, and lists of images."""

from __future__ import annotations

import io
import json

from seed_writers.saving import IMAGES, TINY, TWEETS, lines, save


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
