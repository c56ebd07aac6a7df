"""The same predictions in every supported format, for tests of `benchmark score`."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile

from mnerbench.datasets.tagging import Scheme, Span, conll_spans, recode, write_spans

LETTERS = {"bilou": {"E": "L", "S": "U"}, "bmes": {"I": "M"}}
LONG = {"PER": "PERSON", "LOC": "LOCATION", "ORG": "ORGANIZATION", "MISC": "OTHER"}
NAMES = ["O", *(f"{prefix}-{kind}" for kind in ("PER", "LOC", "ORG", "MISC") for prefix in "BI")]


def noisy(examples, seed=0, share=0.25, types=("PER", "LOC", "ORG", "MISC")):
    """Predictions of a mediocre system: some entities missing, cut, of another type, or spurious."""
    rng = random.Random(seed)
    labels = []
    for example in examples:
        spans = [span for true in conll_spans(example.labels) if (span := _blurred(true, rng, share, types))]
        free = [n for n in range(len(example.words)) if not any(span.start <= n < span.end for span in spans)]
        if free and rng.random() < share / 2:
            index = rng.choice(free)
            spans.append(Span(index, index + 1, "LOC"))
        labels.append(write_spans(sorted(spans), len(example.words)))
    return labels


def _blurred(span, rng, share, types):
    """The span, a part of it, the span with another type, or None."""
    draw = rng.random()
    if draw < share / 3:
        return None
    if draw < 2 * share / 3:
        return span._replace(type=rng.choice(types))
    return span._replace(end=span.end - 1) if draw < share and span.end - span.start > 1 else span


def in_scheme(labels, scheme):
    """Labels in BIOES, BILOU or BMES."""
    letters = LETTERS.get(scheme, {})
    return [[letters.get(x[0], x[0]) + x[1:] for x in recode(row, Scheme.BIOES)] for row in labels]


def columns(examples, labels, *, gold=True, between="\t", end="", before="", header=None, index=None, image=True):
    """A line per word."""
    lines = [header] if header else []
    for tweet, row in zip(examples, labels, strict=True):
        lines += [f"IMGID:{tweet.image_id}"] * image
        for position, (word, truth, label) in enumerate(zip(tweet.words, tweet.labels, row, strict=True)):
            cells = [str(position + (index or 0))] * (index is not None) + [word] + [truth] * gold + [label]
            lines.append(before + between.join(cells) + end)
        lines.append("")
    return "\n".join(lines) + "\n"


def aligned(examples, labels):
    """Columns filled up with blanks."""
    lines = []
    for tweet, row in zip(examples, labels, strict=True):
        lines += [
            f"{word:<15} {truth:<10} {label}" for word, truth, label in zip(tweet.words, tweet.labels, row, strict=True)
        ]
        lines.append("")
    return "\n".join(lines)


def markdown(examples, labels):
    """A table with a rule under its header; a word of pipes stands as it is."""
    lines = ["| word | gold | predicted |", "|------|:----:|-----------|"]
    for tweet, row in zip(examples, labels, strict=True):
        lines += [f"| {word} | {a} | {b} |" for word, a, b in zip(tweet.words, tweet.labels, row, strict=True)]
        lines.append("")
    return "\n".join(lines)


def comma_separated(examples, labels):
    """As pandas writes a table: an index, the number of the tweet, no blank lines."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["", "sentence_id", "word", "gold", "pred"])
    index = 0
    for number, (tweet, row) in enumerate(zip(examples, labels, strict=True)):
        for word, truth, label in zip(tweet.words, tweet.labels, row, strict=True):
            writer.writerow([index, number, word, truth, label])
            index += 1
    return stream.getvalue()


def blocks(examples, labels, keep=lambda tweet: range(len(tweet.words))):
    """UMT's four lines; `keep` says which words still have labels."""
    lines = []
    for tweet, row in zip(examples, labels, strict=True):
        labelled = list(keep(tweet))
        lines += [f"{tweet.image_id}.jpg", " ".join(tweet.words)]
        lines += [" ".join(row[n] for n in labelled), " ".join(tweet.labels[n] for n in labelled), ""]
    return "\n".join(lines)


def rows(examples, labels):
    """Objects with words, gold and predictions, under key names that once made `score` read the gold."""
    pairs = zip(examples, labels, strict=True)
    return [{"tokens": list(t.words), "labels": list(t.labels), "predictions": list(row)} for t, row in pairs]


def json_lines(values):
    return "\n".join(json.dumps(value, ensure_ascii=False) for value in values) + "\n"


def spans_of(examples, labels, make):
    """One value per tweet, made from the texts, types and positions of its entities."""
    values = []
    for tweet, row in zip(examples, labels, strict=True):
        items = []
        for span in conll_spans(row):
            start = len(" ".join([*tweet.words[: span.start], ""]))
            text = " ".join(tweet.words[span.start : span.end])
            items.append((text, span.type, start, start + len(text), span.start, span.end))
        values.append(make(tweet, items))
    return values


def by_type(items):
    texts = {}
    for text, kind, *_ in items:
        texts.setdefault(kind, []).append(text)
    return texts


def wordpieces(examples, labels, mark):
    """Columns of pieces of at most three letters, X on those that continue a word."""
    lines = []
    for tweet, row in zip(examples, labels, strict=True):
        for word, truth, label in zip(tweet.words, tweet.labels, row, strict=True):
            parts = [word[n : n + 3] for n in range(0, len(word), 3)]
            for position, part in enumerate(parts):
                piece = ("##" + part if position else part) if mark == "##" else part if position else mark + part
                lines.append(f"{piece}\t{'X' if position else truth}\t{'X' if position else label}")
        lines.append("")
    return "\n".join(lines)


def zipped(text, name="predictions.txt", *others):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("__MACOSX/._" + name), b"\0")
        for other in others:
            archive.writestr(zipfile.ZipInfo(other), text, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def every_format(examples, labels):
    """Content by file name; all files hold the same entities."""
    labels = [list(row) for row in labels]
    plain = columns(examples, labels)
    lower = [[x.lower() for x in row] for row in labels]
    behind = [["O" if x == "O" else f"{x[2:]}-{x[0]}" for x in row] for row in labels]
    long = [["O" if x == "O" else x[:2] + LONG[x[2:]] for x in row] for row in labels]
    objects = rows(examples, labels)
    items = {
        "spans": lambda t, entities: {
            "text": " ".join(t.words),
            "entities": [{"text": x[0], "type": x[1]} for x in entities],
        },
        "by_type": lambda t, entities: {"words": list(t.words), "prediction": by_type(entities)},
        "spans_in_order": lambda t, entities: [{"text": x[0], "type": x[1]} for x in entities],
        "types_in_order": lambda t, entities: by_type(entities),
        "answers": lambda t, entities: {
            "input": " ".join(t.words),
            "output": "Sure!\n```json\n"
            + json.dumps({"entities": [{"entity": x[0], "type": x[1]} for x in entities]})
            + "\n```",
        },
        "text_and_tags": lambda t, entities: {
            "text": " ".join(t.words),
            "tags": write_spans([Span(x[4], x[5], x[1]) for x in entities], len(t.words)),
        },
        "pipeline": lambda t, entities: {
            "sentence": " ".join(t.words),
            "output": [{"entity_group": x[1], "word": x[0].lower(), "start": x[2], "end": x[3]} for x in entities],
        },
        "pairs": lambda t, entities: {"tokens": list(t.words), "pred_spans": [[x[0], x[1]] for x in entities]},
        "characters": lambda t, entities: {
            "text": " ".join(t.words),
            "predictions": [{"start": x[2], "end": x[3], "label": x[1]} for x in entities],
        },
        "word_offsets": lambda t, entities: {
            "tokens": list(t.words),
            "predicted": [[x[4], x[5], x[1]] for x in entities],
        },
    }
    files = {
        "columns.txt": plain,
        "two_columns.txt": columns(examples, labels, gold=False, image=False),
        "trailing_tabs.txt": columns(examples, labels, end="\t "),
        "leading_blank.txt": columns(examples, labels, before=" ", between=" "),
        "blanks.txt": aligned(examples, labels),
        "header.txt": columns(examples, labels, header="word\tgold\tpredicted"),
        "header_swapped.txt": "\n".join(
            "\t".join([cells[0], cells[2], cells[1]]) if len(cells := line.split("\t")) == 3 else line
            for line in columns(examples, labels, header="token\tgold\tpred", image=False).split("\n")
        ),
        "pipes.txt": columns(examples, labels, between=" | ", image=False),
        "markdown.md": markdown(examples, labels),
        "index.txt": columns(examples, labels, index=1, image=False),
        "table.csv": comma_separated(examples, labels),
        "blocks.txt": blocks(examples, labels),
        "bilou.txt": columns(examples, in_scheme(labels, "bilou")),
        "bmes.txt": columns(examples, in_scheme(labels, "bmes")),
        "bioes.txt": columns(examples, in_scheme(labels, "bioes")),
        "lower.txt": columns(examples, lower),
        "underscore.txt": columns(examples, [[x.replace("-", "_") for x in row] for row in labels]),
        "suffix.txt": columns(examples, behind),
        "long.txt": columns(examples, long),
        "label_lines.txt": "\n".join(" ".join(row) for row in labels) + "\n",
        "label_column.txt": "\n\n".join("\n".join(row) for row in labels) + "\n",
        "label_column_unbroken.txt": "\n".join("\n".join(row) for row in labels) + "\n",
        "objects.jsonl": json_lines(objects),
        "array.json": json.dumps(objects),
        "pretty.json": json.dumps(objects, indent=2),
        "pretty_objects.json": "\n".join(json.dumps(value, indent=1) for value in objects),
        "under_a_key.json": json.dumps({"model": "m", "data": objects}, indent=1),
        "lists.json": json.dumps({key: [value[key] for value in objects] for key in objects[0]}),
        "numbers_with_names.json": json.dumps(
            {
                "id2label": dict(enumerate(NAMES)),
                "data": [{"tokens": v["tokens"], "preds": [NAMES.index(x) for x in v["predictions"]]} for v in objects],
            }
        ),
        "label_arrays.jsonl": json_lines(labels),
        "tagged_words.json": json.dumps(
            [list(zip(t.words, row, strict=True)) for t, row in zip(examples, labels, strict=True)]
        ),
        "wordpieces.txt": wordpieces(examples, labels, "##"),
        "sentencepieces.txt": wordpieces(examples, labels, "▁"),
        "columns.txt.gz": gzip.compress(plain.encode(), mtime=0),
        "columns.zip": zipped(plain),
    }
    files |= {f"{name}.jsonl": json_lines(spans_of(examples, labels, make)) for name, make in items.items()}
    return files


def one_per_case(examples, labels):
    """Content by name of the files in `tests/benchmark/external/files`, one for each format or fault."""
    every = every_format(examples, labels)
    sources = {
        "trailing-blanks.txt": "trailing_tabs.txt",
        "leading-blank.txt": "leading_blank.txt",
        "space-aligned.txt": "blanks.txt",
        "header.txt": "header.txt",
        "pipes.txt": "pipes.txt",
        "markdown.md": "markdown.md",
        "index.txt": "index.txt",
        "table.csv": "table.csv",
        "bilou.txt": "bilou.txt",
        "bmes.txt": "bmes.txt",
        "lower-case.txt": "lower.txt",
        "underscore.txt": "underscore.txt",
        "type-first.txt": "suffix.txt",
        "long-names.txt": "long.txt",
        "label-lines.txt": "label_lines.txt",
        "label-column.txt": "label_column.txt",
        "gold-and-predictions.jsonl": "objects.jsonl",
        "array.json": "array.json",
        "pretty.json": "pretty.json",
        "wordpieces.txt": "wordpieces.txt",
        "columns.txt.gz": "columns.txt.gz",
        "columns.zip": "columns.zip",
        "entities.jsonl": "spans.jsonl",
        "texts-by-type.jsonl": "by_type.jsonl",
        "answers.jsonl": "answers.jsonl",
    }
    files = {name: every[source] for name, source in sources.items()}
    numbers = [[str(NAMES.index(x)) for x in row] for row in labels]
    bare = [[x.split("-")[-1] for x in row] for row in labels]
    iob1 = [
        [("I" if x[0] == "B" and not (n and row[n - 1][2:] == x[2:]) else x[0]) + x[1:] for n, x in enumerate(row)]
        for row in labels
    ]
    elsewhere = [[x.replace("LOC", "GPE") for x in row] for row in labels]
    unclear = [{"tokens": v["tokens"], "labels": v["labels"], "tags": v["predictions"]} for v in rows(examples, labels)]
    swapped = [
        {"tokens": v["tokens"], "predictions": v["labels"], "gold": v["predictions"]} for v in rows(examples, labels)
    ]
    return files | {
        "blocks-cut.txt": blocks(examples, labels, lambda tweet: range(len(tweet.words))[:12]),
        "blocks-dropped-word.txt": blocks(examples, labels, visible),
        "numbers.txt": columns(examples, numbers, gold=False),
        "bare-types.txt": columns(examples, bare, gold=False),
        "iob1.txt": columns(examples, iob1),
        "other-types.txt": columns(examples, elsewhere),
        "two-label-keys.jsonl": json_lines(unclear),
        "swapped.jsonl": json_lines(swapped),
        "our-gold.txt": columns(examples, [list(tweet.labels) for tweet in examples], gold=False),
        "two-files.zip": zipped(every["columns.txt"], "seed0.txt", "seed1.txt"),
    }


def visible(tweet):
    """Positions of the words that have subwords."""
    return [n for n, word in enumerate(tweet.words) if word.strip("\u200d\u200b\ufe0f\u00a0")]
