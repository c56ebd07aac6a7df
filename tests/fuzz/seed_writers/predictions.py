"""Predictions of other systems."""

from __future__ import annotations

import gzip
import io
import json

from seed_writers.saving import TESTS, save


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
