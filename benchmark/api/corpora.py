"""Corpora, and their exchange with the library `datasets` of Hugging Face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mnerbench.datasets.corpus import Corpus, Example, by_split_name, image_ref
from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError

_THEIR_NAMES = {"valid": "validation"}  # the library's name of the split, where it differs


def load_corpus(name: str, data: str | Path | None = None) -> Corpus:
    """Read a corpus: of the data folder, or a generated probe.

    Args:
        name: name of its card, such as `twitter15` or `probe-object`.
        data: the data folder; None for MNERBENCH_DATA, else the user's.

    Raises:
        ConfigError: there is no such card.
        MissingInputError: its files are not in the data folder.
        DataError: a file violates its format.
    """
    from mnerbench.datasets import catalog

    return catalog.load_corpus(name, catalog.data_dir(Path(data) if data is not None else None))


def corpus_to_datasets(corpus: Corpus) -> Any:
    """The corpus as a `datasets.DatasetDict` with columns `id`, `tokens`, `ner_tags` (class labels) and `image_id`.

    `image_id` is a list in every row if a tweet of the corpus has several pictures.

    Raises:
        MissingInputError: the package `datasets` is not installed.
    """
    library = _library()
    labels = ["O", *(f"{prefix}-{kind}" for kind in corpus.types for prefix in "BI")]
    number = {label: index for index, label in enumerate(labels)}
    text, tags = library.Value("string"), library.ClassLabel(names=labels)
    columns = {"id": text, "tokens": library.List(text), "ner_tags": library.List(tags)}
    several = any(len(example.image_ids) > 1 for examples in corpus.splits.values() for example in examples)
    columns["image_id"] = library.List(text) if several else text
    splits = {
        _THEIR_NAMES.get(split, split): library.Dataset.from_dict(
            {
                "id": [example.id for example in examples],
                "tokens": [list(example.words) for example in examples],
                "ner_tags": [[number[label] for label in example.labels] for example in examples],
                "image_id": [list(tweet.image_ids) if several else tweet.image_id for tweet in examples],
            },
            features=library.Features(columns),
        )
        for split, examples in corpus.splits.items()
    }
    return library.DatasetDict(splits)


def corpus_from_datasets(
    splits: Mapping[str, Any],
    name: str,
    *,
    tokens: str = "tokens",
    tags: str = "ner_tags",
    image_id: str | None = "image_id",
    tag_names: Sequence[str] | None = None,
) -> Corpus:
    """A corpus from a `datasets.DatasetDict`, or any mapping of split names to rows that are mappings.

    To run methods on it, write it into the data folder with a card (`benchmark data import` does both from files).

    Args:
        splits: rows by split (`train`, `validation`, `test`, ...).
        name: name of the corpus.
        tokens: column of the words.
        tags: column of their labels: strings, or integers of class labels.
        image_id: column of the picture's id, or of a list of ids; None if there is none. A column that is absent
            counts as none.
        tag_names: names of integer labels; None reads them from the features.

    Raises:
        ConfigError: a split is unknown, or a column does not exist.
        DataError: a row has different numbers of words and labels, or a label without a name.
    """
    try:
        by_name = by_split_name(splits)
    except ValueError as error:
        raise ConfigError(f"{name}: {error}\n  -> name the splits train, valid, test") from error
    columns = (tokens, tags, image_id)
    examples = {
        split: tuple(
            _example(row, f"{name}, {split}, row {number}", str(number), columns, tag_names or _names_of(rows, tags))
            for number, row in enumerate(rows)
        )
        for split, rows in by_name.items()
    }
    named = [label for rows in by_name.values() for label in (tag_names or _names_of(rows, tags) or ())]
    used = [label for of_split in examples.values() for example in of_split for label in example.labels]
    return Corpus(name, examples, tuple(dict.fromkeys(label[2:] for label in [*named, *used] if label != "O")))


def _example(
    row: Mapping[str, Any],
    where: str,
    number: str,
    columns: tuple[str, str, str | None],
    tag_names: Sequence[str] | None,
) -> Example:
    tokens, tags, image = columns
    for column in (tokens, tags):
        if column not in row:
            reason = f"{where}: no column {column!r}; it has {', '.join(row)}"
            raise ConfigError(f"{reason}\n  -> name the columns by tokens=... and tags=...")
    labels = [_label(tag, where, tag_names) for tag in row[tags]]
    if len(labels) != len(row[tokens]):
        raise DataError(f"{where}: {len(row[tokens])} words, {len(labels)} labels\n  -> every word needs one label")
    picture = row.get(image) if image is not None else None
    picture = image_ref(picture) if isinstance(picture, list) else picture
    return Example(str(row.get("id", number)), tuple(row[tokens]), tuple(labels), picture)


def _label(tag: object, where: str, tag_names: Sequence[str] | None) -> str:
    if isinstance(tag, str):
        return _checked(tag, where)
    if tag_names is None or not isinstance(tag, int) or not 0 <= tag < len(tag_names):
        raise DataError(f"{where}: label {tag!r} has no name\n  -> name the labels by tag_names=[...]")
    return _checked(tag_names[tag], where)


def _checked(label: str, where: str) -> str:
    from mnerbench.datasets.tagging import OUTSIDE

    if label != OUTSIDE and (len(label) < 3 or label[:2] not in {"B-", "I-"}):
        reason = f"{where}: {label!r} is no BIO label"
        raise DataError(f"{reason}\n  -> convert the labels to BIO; `benchmark data import` does it for files")
    return label


def _names_of(rows: Any, tags: str) -> Sequence[str] | None:
    """Names of the class labels of a column of a `datasets.Dataset`; None without."""
    feature = getattr(rows, "features", {}).get(tags)
    names: Sequence[str] | None = getattr(getattr(feature, "feature", None), "names", None)
    return names


def _library() -> Any:
    try:
        import datasets
    except ImportError as error:
        reason = "the package `datasets` of Hugging Face is not installed"
        raise MissingInputError(f"{reason}\n  -> pip install datasets") from error
    return datasets
