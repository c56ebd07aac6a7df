"""JSON: an object, or a list of labels, per tweet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mnerbench.benchmark.external.formats.entity_items import NoEntitiesError, parse_answer, read_entities_of
from mnerbench.benchmark.external.formats.json_keys import Keys, choose_keys
from mnerbench.benchmark.external.formats.json_values import Rows, Value, read_rows
from mnerbench.benchmark.external.labels import Kind, kind_of, label_like
from mnerbench.benchmark.external.predicted import Lines, PredictedTweet, ReadingOptions, Reference
from mnerbench.benchmark.external.roles import Role, role_of
from mnerbench.benchmark.external.tweet_store import TweetStore
from mnerbench.benchmark.external.type_names import TypeNames
from mnerbench.datasets.errors import DataError
from mnerbench.datasets.textfile import image_key

_PER_WORD = "write one string per word"


def read_json(
    name: str, lines: Lines, options: ReadingOptions, reference: Reference
) -> tuple[Sequence[PredictedTweet], list[str], tuple[str, ...]]:
    """Read a JSON file; also returns the reader's decisions and the file's names of label numbers.

    Args:
        name: name of the file, for errors.
        lines: its lines.
        options: may name the key of the predictions.
        reference: the split, whose types identify texts by type, and whose size tweets without words have to match.

    Raises:
        DataError: the file is not JSON, tweets have different forms, or the key of the predictions is ambiguous.
    """
    rows = read_rows(name, lines)
    if not rows.values:
        return [], [], ()
    objects, decisions = _objects(name, rows, reference)
    keys = choose_keys(name, objects, options.predicted)
    reader = _Reader(name, keys, [row.get(keys.predicted) for _, row in objects])
    rows.values.clear()
    objects.reverse()
    # Each row is freed once it is read.
    survey = _Survey(name)
    tweets = TweetStore(survey.add(reader.tweet(*objects.pop())) for _ in range(len(objects)))
    survey.check(len(tweets), reference)
    return tweets, [*rows.decisions, *decisions, *reader.decisions()], rows.names


def _objects(name: str, rows: Rows, reference: Reference) -> tuple[list[tuple[int, Mapping[str, Value]]], list[str]]:
    """Each tweet as an object; lists and objects of texts by type are predictions."""
    if all(isinstance(value, list) for _, value in rows.values):
        tagged = [value for _, value in rows.values if value]
        if tagged and all(_is_tagged_word(item) for value in tagged for item in value):
            return [(line, _unzip(value)) for line, value in rows.values], ["a list of words with labels per tweet"]
        return [(line, {"predicted": value}) for line, value in rows.values], ["a list per tweet, without words"]
    objects: list[tuple[int, Mapping[str, Value]]] = []
    filled = [value for _, value in rows.values if value != {}]  # a tweet without entities may have no key at all
    by_type = bool(filled) and all(_is_texts_by_type(value, reference) for value in filled)
    for line, value in rows.values:
        if not isinstance(value, dict):
            kind = type(value).__name__
            raise DataError.at(name, line, f"a JSON {kind}, not an object", "write one JSON object per tweet")
        objects.append((line, {"predicted": value} if by_type else value))
    return objects, ["an object of texts by type per tweet, without words"] if by_type else []


def _is_texts_by_type(value: Value, reference: Reference) -> bool:
    """`{"PER": ["Rob"]}`: some key is a type of the dataset, the others hold lists, and none names words or labels."""
    names = TypeNames(reference.types, reference.label_map)
    roles = {Role.PREDICTED, Role.LABELS, Role.GOLD, Role.WORDS, Role.TEXT}
    if not isinstance(value, dict) or any(role_of(key) in roles for key in value):
        return False
    types = [key for key in value if names.resolve(key) is not None]
    return bool(types) and all(key in types or isinstance(item, list) for key, item in value.items())


def _is_tagged_word(item: Value) -> bool:
    """Whether an item is `["Rob", "B-PER"]` or an object of a word and its label."""
    pair = _pair(item)
    return pair is not None and kind_of(pair[1]) in {Kind.OUTSIDE, Kind.PREFIXED, Kind.SPECIAL}


def _pair(item: Value) -> tuple[str, str] | None:
    if isinstance(item, list) and len(item) == 2 and all(isinstance(part, str) for part in item):
        return item[0], item[1]
    if isinstance(item, dict) and "start" not in item:
        words = [value for key, value in item.items() if role_of(key) in {Role.WORDS, Role.TEXT}]
        labels = [value for key, value in item.items() if role_of(key) is Role.PREDICTED]
        labels = labels or [value for key, value in item.items() if role_of(key) is Role.LABELS]
        if len(words) == len(labels) == 1 and isinstance(words[0], str) and isinstance(labels[0], str):
            return words[0], labels[0]
    return None


def _unzip(value: Sequence[Value]) -> dict[str, Value]:
    pairs = [pair for item in value if (pair := _pair(item)) is not None]
    return {"words": [word for word, _ in pairs], "predicted": [label for _, label in pairs]}


@dataclass(frozen=True)
class _Answer:
    """Parsed predictions of a tweet: labels, entities, or the reason why they are unreadable."""

    labels: tuple[str, ...] | None = None
    entities: Any = None
    unreadable: str | None = None


class _Reader:
    """Reads all tweets in the same form, which is inferred from the values of the whole file."""

    def __init__(self, name: str, keys: Keys, values: Sequence[Value]) -> None:
        self._name, self._keys = name, keys
        texts = [value for value in values if isinstance(value, str)]
        # Strings are space-separated labels, or a language model's JSON.
        self._labels_in_text = bool(texts) and all(label_like(part) for text in texts for part in text.split())
        lists = [value for value in values if isinstance(value, list) and value]
        flat = all(issubclass(kind, str | int) for value in lists for kind in {*map(type, value)})
        self._labels = self._labels_in_text or (flat and not texts and not any(isinstance(v, dict) for v in values))

    def tweet(self, number: int, row: Mapping[str, Value]) -> PredictedTweet:
        """Read a tweet.

        Raises:
            DataError: its values differ in kind from those of the other tweets.
        """
        words, text = self._words(number, row), row.get(self._keys.text) if self._keys.text else None
        answer = self._answer(number, row[self._keys.predicted]) if self._keys.predicted in row else None
        if answer is None:
            raise DataError.at(
                self._name, number, f"no predicted labels among {', '.join(row)}", "every tweet needs them"
            )
        gold = self._gold(number, row)
        if words is None and isinstance(text, str):
            words = _split(text, len(answer.labels) if answer.labels is not None else None)
        if words is not None and answer.labels is not None:
            self._check_lengths(number, words, answer.labels, gold)
        image, identifier = (row.get(key) if key else None for key in (self._keys.image, self._keys.id))
        return PredictedTweet(
            line=number,
            words=words or (),
            predicted=answer.labels or (),
            gold=gold,
            image=image_key(str(image)) if isinstance(image, str | int) else None,
            id=str(identifier) if isinstance(identifier, str | int) else None,
            entities=answer.entities if answer.labels is None else None,
            text=text if isinstance(text, str) else None,
            unreadable=answer.unreadable,
        )

    def decisions(self) -> list[str]:
        """How the keys were interpreted."""
        keys = self._keys
        decisions = [f"predictions from {keys.predicted!r}"]
        decisions += [f"the file's gold from {keys.gold!r}"] if keys.gold else []
        decisions += [f"not read: {', '.join(map(repr, keys.rest))}"] if keys.rest else []
        return [", ".join(decisions)]

    def _words(self, number: int, row: Mapping[str, Value]) -> tuple[str, ...] | None:
        key = next((key for key in self._keys.words if row.get(key) is not None), None)
        return _strings(self._name, number, key, row[key]) if key is not None else None

    def _answer(self, number: int, value: Value) -> _Answer:
        key = self._keys.predicted
        if self._labels:
            if isinstance(value, str) and self._labels_in_text:
                return _Answer(tuple(value.split()))
            return _Answer(_strings(self._name, number, key, value if value is not None else []))
        try:
            parsed = parse_answer(value) if isinstance(value, str) and value.strip() else value or None
            return _Answer(entities=read_entities_of(parsed))
        except NoEntitiesError as error:
            return _Answer(entities=(), unreadable=str(error))

    def _gold(self, number: int, row: Mapping[str, Value]) -> tuple[str, ...] | None:
        value = row.get(self._keys.gold) if self._keys.gold else None
        if isinstance(value, str):
            value = value.split()
        if not isinstance(value, list) or any(not isinstance(item, str | int) for item in value):
            return None
        return tuple(map(str, value))

    def _check_lengths(
        self, number: int, words: Sequence[str], labels: Sequence[str], gold: Sequence[str] | None
    ) -> None:
        for kind, row in (("predicted", labels), ("gold", gold)):
            if row is None or len(row) == len(words) or (kind == "predicted" and len(row) < len(words)):
                continue
            if kind == "gold" and 0 < len(row) == len(labels):
                continue
            reason = f"{len(words)} words but {len(row)} {kind} labels"
            raise DataError.at(self._name, number, reason, "write one label per word")


class _Survey:
    """Collects, while tweets are read, what makes a file as a whole unusable."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._first_labelled: PredictedTweet | None = None
        self._first_unreadable: PredictedTweet | None = None
        self._first_anonymous: PredictedTweet | None = None
        self._complete = self._unreadable = 0

    def add(self, tweet: PredictedTweet) -> PredictedTweet:
        """Count a tweet and return it."""
        if tweet.unreadable is not None:
            self._first_unreadable = self._first_unreadable or tweet
            self._unreadable += 1
        elif tweet.words and tweet.entities is None:
            self._first_labelled = self._first_labelled or tweet
            self._complete += len(tweet.predicted) == len(tweet.words)
        if not tweet.words and tweet.text is None and tweet.id is None:
            self._first_anonymous = self._first_anonymous or tweet
        return tweet

    def check(self, tweets: int, reference: Reference) -> None:
        """Check the file as a whole.

        Raises:
            DataError: no tweet has a label for every word, most answers are unreadable, or tweets lack both words and
                id while their number is not that of the split.
        """
        labelled, unreadable, anonymous = self._first_labelled, self._first_unreadable, self._first_anonymous
        if labelled is not None and not self._complete:
            reason = f"{len(labelled.words)} words but {len(labelled.predicted)} predicted labels"
            raise DataError.at(self._name, labelled.line, reason, "write one label per word")
        if unreadable is not None and 2 * self._unreadable > tweets:
            reason = f"{self._unreadable:,} of {tweets:,} predictions cannot be read; here: {unreadable.unreadable}"
            raise DataError.at(self._name, unreadable.line, reason, 'write [{"text": ..., "type": ...}] or labels')
        if anonymous is not None and tweets != len(reference.examples):
            reason = f"neither words nor an id, in {tweets:,} tweets; the test split has {len(reference.examples):,}"
            raise DataError.at(self._name, anonymous.line, reason, "add tokens or words, or id")


def _split(text: str, labels: int | None) -> tuple[str, ...]:
    """Split a text into words at single spaces if that yields as many as labels, else at any white space."""
    words = tuple(text.split(" "))
    return words if labels == len(words) and all(words) else tuple(text.split())


def _strings(name: str, number: int, key: str, value: Value) -> tuple[str, ...]:
    """Read a list of strings or integers as strings.

    Raises:
        DataError: the value is not such a list.
    """
    # Check each distinct type once: a file has millions of words.
    kinds = {*map(type, value)} if isinstance(value, list) else {dict}
    if kinds <= {str}:
        return tuple(value)
    if not all(issubclass(kind, str | int) for kind in kinds):
        raise DataError.at(name, number, f"{key!r} is not a list of strings", _PER_WORD)
    return tuple(map(str, value))
