"""Conversion of corpus files: detects formats, schemes and types, and counts every change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from mnerbench.datasets.character_spans import Offsets
from mnerbench.datasets.columns import is_image_line
from mnerbench.datasets.corpus import Corpus
from mnerbench.datasets.errors import ConfigError, DataError, suggestion
from mnerbench.datasets.gold_scheme import GoldScheme, detect_scheme, looks_like_iob1, split_label
from mnerbench.datasets.importing.parquet import parse_parquet
from mnerbench.datasets.importing.tables import Columns, parse_table
from mnerbench.datasets.json_array import parse_array
from mnerbench.datasets.jsonlines import parse_jsonl
from mnerbench.datasets.raw import RawSplit, RawTweet
from mnerbench.datasets.readers import SplitReading, check_split
from mnerbench.datasets.tagging import OUTSIDE
from mnerbench.datasets.textfile import read_lines
from mnerbench.datasets.untrusted.files import open_binary

# Name of the policy for labels such as b-PER and B_PER.
RESPELLED = "tweets_with_labels_respelled"
_OTHER_SPELLING = re.compile(r"([BIESMLUbiesmlu])[-_](.+)", re.DOTALL)
# The order of the four usual types; others follow in alphabetical order.
_USUAL = ("PER", "LOC", "ORG", "MISC")


class FileForm(StrEnum):
    """Formats of files that can be imported.

    `umt`: columns after `IMGID:` lines. `conll`: columns only. `jsonl`: one object per line. `json`: one array.
    `parquet`: as Hugging Face stores data sets.
    """

    UMT = "umt"
    CONLL = "conll"
    JSONL = "jsonl"
    JSON = "json"
    PARQUET = "parquet"


@dataclass(frozen=True)
class ImportOptions:
    """The user's description of the files; None where a property is to be detected.

    Attributes:
        form: format of all files.
        scheme: labelling scheme.
        tag_names: names of integer labels.
        offsets: unit of character offsets.
        columns: columns of the word and its label.
        label_map: type names in the files to names in the corpus.
    """

    form: FileForm | None = None
    scheme: GoldScheme | None = None
    tag_names: tuple[str, ...] | None = None
    offsets: Offsets = Offsets.CHARACTERS
    columns: Columns | None = None
    label_map: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Imported:
    """A corpus in BIO, and how its files were read.

    Attributes:
        corpus: the corpus, including the counts of reading policies.
        sources: names of the files, by split.
        forms: format of the files, by split.
        scheme: labelling scheme of the files.
    """

    corpus: Corpus
    sources: Mapping[str, tuple[str, ...]]
    forms: Mapping[str, FileForm]
    scheme: GoldScheme


def convert(name: str, files: Mapping[str, Sequence[Path]], options: ImportOptions) -> Imported:
    """Read files as a corpus.

    Args:
        name: name of the corpus.
        files: files by split; several files of a split are concatenated.
        options: the user's description of the files.

    Raises:
        DataError: a file violates its format (with the line), or no label names a type.
        ConfigError: `label_map` names a type that no file has.
        MissingInputError: a file, or a library needed to read it, is missing.
    """
    forms = {split: options.form or detect_form(paths[0]) for split, paths in files.items()}
    raw = {split: [parse_file(path, forms[split], options) for path in paths] for split, paths in files.items()}
    tweets = [tweet for shards in raw.values() for shard in shards for tweet in shard.tweets]
    if options.scheme is not GoldScheme.IO:
        for shard in (shard for shards in raw.values() for shard in shards):
            shard.policies[RESPELLED] += sum(map(_respell, shard.tweets))
    scheme = options.scheme or detect_corpus_scheme([tweet.labels for tweet in tweets])
    types = types_of((tweet.labels for tweet in tweets), scheme)
    if not types:
        raise no_types_error(next(iter(files.values()))[0], tweets)
    check_map(options.label_map, types)
    corpus_types = in_order({options.label_map.get(kind, kind) for kind in types})
    readings = {
        split: _joined(
            [
                check_split(path, shard, scheme, corpus_types, options.label_map)
                for path, shard in zip(files[split], shards, strict=True)
            ]
        )
        for split, shards in raw.items()
    }
    corpus = Corpus(
        name,
        {split: reading.examples for split, reading in readings.items()},
        corpus_types,
        policies={split: reading.policies for split, reading in readings.items() if reading.policies},
        schemes={} if scheme is GoldScheme.BIO else dict.fromkeys(readings, scheme.value),
    )
    sources = {split: tuple(path.name for path in paths) for split, paths in files.items()}
    return Imported(corpus, sources, forms, scheme)


def detect_form(path: Path) -> FileForm:
    """Detect the format of a file from its content.

    Raises:
        DataError: it is an archive or another unsupported format.
    """
    with open_binary(path) as stream:
        head = stream.read(8)
    if head.startswith(b"PAR1"):
        return FileForm.PARQUET
    for magic, kind in (
        (b"PK\x03\x04", "a zip archive"),
        (b"\x1f\x8b", "compressed by gzip"),
        (b"ARROW1", "an Arrow file"),
    ):
        if head.startswith(magic):
            remedy = "unpack it first" if magic != b"ARROW1" else "write it as JSON lines: datasets.Dataset.to_json"
            raise DataError.at(path, None, f"{kind}, which is not supported", remedy)
    lines = [line for _, line in read_lines(path) if line.strip()]
    first = lines[0].lstrip()
    if first.startswith("{"):
        return FileForm.JSONL if first.rstrip().endswith("}") else FileForm.JSON
    if first.startswith("[") and "\t" not in first:
        return FileForm.JSON
    if first.startswith("<"):
        raise DataError.at(path, 1, "XML or HTML, which is not supported", "write one word and its label per line")
    return FileForm.UMT if any(map(is_image_line, lines)) else FileForm.CONLL


def parse_file(path: Path, form: FileForm, options: ImportOptions) -> RawSplit:
    """Parse the tweets of one file, without changing labels; raises as `convert`."""
    if form in (FileForm.UMT, FileForm.CONLL):
        return parse_table(path, options.columns, bare_types=options.scheme is GoldScheme.IO)
    if form is FileForm.JSONL:
        return parse_jsonl(path, options.tag_names, options.offsets)
    parse = parse_array if form is FileForm.JSON else parse_parquet
    return parse(path, options.tag_names, options.offsets)


def _respell(tweet: RawTweet) -> bool:
    """Normalise the spelling of a tweet's labels (`b-PER`, `B_PER`, `o`); return whether any changed."""
    labels = [OUTSIDE if label == "o" else _OTHER_SPELLING.sub(_usual_spelling, label) for label in tweet.labels]
    changed, tweet.labels = labels != tweet.labels, labels
    return changed


def _usual_spelling(label: re.Match[str]) -> str:
    return f"{label[1].upper()}-{label[2]}"


def _joined(shards: Sequence[SplitReading]) -> SplitReading:
    """Concatenate the files of a split; ids become running numbers, since the ids of files may collide."""
    if len(shards) == 1:
        return shards[0]
    policies = sum((Counter(shard.policies) for shard in shards), Counter[str]())
    tweets = (tweet for shard in shards for tweet in shard.examples)
    examples = tuple(replace(tweet, id=str(position)) for position, tweet in enumerate(tweets))
    return SplitReading(examples, shards[0].scheme, policies)


def no_types_error(path: Path, tweets: Sequence[RawTweet]) -> DataError:
    """The error for files in which no label names an entity type."""
    examples = list(dict.fromkeys(label for tweet in tweets for label in tweet.labels if label != OUTSIDE))[:5]
    if not examples:
        return DataError.at(path, None, "every label is O", "check which column or key holds the gold")
    reason = f"no label names an entity type; there are {', '.join(map(repr, examples))}"
    return DataError.at(path, None, reason, "--scheme io where labels are types alone, without B- and I-")


def detect_corpus_scheme(labels: Sequence[Sequence[str]]) -> GoldScheme:
    """Detect the scheme of all files together; a corpus in which no `B-` opens an entity after `O` counts as IOB1."""
    scheme = detect_scheme(labels)
    return GoldScheme.IOB1 if scheme is GoldScheme.BIO and looks_like_iob1(labels) else scheme


def types_of(labels: Iterable[Sequence[str]], scheme: GoldScheme) -> set[str]:
    """Types of the labels that are valid in the scheme; invalid labels are reported later, with their line."""
    pairs = (split_label(label, scheme) for sentence in labels for label in sentence)
    return {pair[1] for pair in pairs if pair is not None and pair[1]}


def in_order(types: set[str]) -> tuple[str, ...]:
    """Types in the order of tables: the four usual ones, then the others by name."""
    usual = tuple(kind for kind in _USUAL if kind in types)
    return (*usual, *sorted(types - set(usual)))


def check_map(label_map: Mapping[str, str], types: set[str]) -> None:
    """Raise if `--map` renames a type that no label has.

    Raises:
        ConfigError: see above.
    """
    for kind in label_map:
        if kind not in types:
            reason = f"--map {kind}=...: no label of type {kind!r}{suggestion(kind, types)}"
            raise ConfigError(f"{reason}\n  -> name a type that occurs in the files, or omit --map for it")
