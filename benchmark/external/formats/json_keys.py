"""Determines which keys of JSON objects hold words, predictions and gold; refuses ambiguous files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mnerbench.benchmark.external.labels import Kind, kind_of
from mnerbench.benchmark.external.roles import Role, role_of
from mnerbench.datasets.errors import DataError, suggestion

_IDS = frozenset({"id", "guid", "uid", "idx", "index", "tweet_id", "tweetid", "sent_id", "sentence_id", "sample_id"})
_REMEDY = "name the key `predictions` (and that of gold labels `gold`), or pass --predicted KEY"


@dataclass(frozen=True)
class Keys:
    """Keys by content; None if the file has no such key.

    Attributes:
        words: keys of words; tweets may use different ones.
        rest: keys that look like labels but are not read.
    """

    predicted: str
    words: tuple[str, ...]
    text: str | None
    gold: str | None
    id: str | None
    image: str | None
    rest: tuple[str, ...] = ()


def choose_keys(name: str, rows: Sequence[tuple[int, Mapping[str, Any]]], predicted: str | None) -> Keys:
    """Determine the content of the keys over all rows.

    Prediction keys take precedence over keys whose names could mean predictions or gold. A single key of the latter
    kind, without a prediction key, is the predictions.

    Args:
        name: name of the file, for errors.
        rows: objects with their line numbers.
        predicted: the user's prediction key, or None.

    Raises:
        DataError: several keys could be the predictions, or none.
    """
    keys = {key: role_of(key) for _, row in rows for key in row}
    values = {key: [row[key] for _, row in rows if row.get(key) is not None] for key in keys}
    by_role = {role: [key for key in keys if keys[key] is role and values[key]] for role in Role}
    prediction_keys = [key for key in by_role[Role.PREDICTED] if not _are_scores(values[key])]
    ambiguous = by_role[Role.LABELS] + [key for key in by_role[Role.OTHER] if _looks_like_labels(values[key])]
    line = rows[0][0] if rows else 0
    choice = _predicted(name, line, keys, (prediction_keys, ambiguous, by_role[Role.GOLD]), predicted)
    gold = [key for key in by_role[Role.GOLD] if key != choice]
    neutral = [key for key in ambiguous if key != choice]
    gold = gold or (neutral if len(neutral) == 1 else [])
    rest = [key for key in (*prediction_keys, *neutral, *by_role[Role.GOLD]) if key not in {choice, *gold[:1]}]
    texts = [key for key in by_role[Role.TEXT] if any(isinstance(value, str) for value in values[key])]
    listed_texts = [key for key in by_role[Role.TEXT] if all(isinstance(value, list) for value in values[key])]
    return Keys(
        predicted=choice,
        words=tuple(key for key in (*by_role[Role.WORDS], *listed_texts) if key != choice),
        text=next(iter(texts), None),
        gold=gold[0] if gold else None,
        id=next((key for key in keys if key.lower() in _IDS), None),
        image=next((key for key in keys if keys[key] is Role.IMAGE), None),
        rest=tuple(rest),
    )


def _predicted(
    name: str,
    line: int,
    keys: Iterable[str],
    candidates: tuple[Sequence[str], Sequence[str], Sequence[str]],
    predicted: str | None,
) -> str:
    prediction_keys, neutral, gold = candidates
    if predicted is not None:
        if predicted not in set(keys):
            reason = f"--predicted {predicted}: no such key{suggestion(predicted, keys)}"
            raise DataError.at(name, None, reason, "name a key of the file")
        return predicted
    if len(prediction_keys) > 1:
        raise DataError.at(
            name, line, f"{_quoted(prediction_keys)} could all be the predictions", "pass --predicted KEY"
        )
    if prediction_keys:
        return prediction_keys[0]
    if len(neutral) > 1:
        raise DataError.at(name, line, f"{_quoted(neutral)}: which are the predictions, which gold?", _REMEDY)
    if neutral:
        return neutral[0]
    reason = f"gold labels ({_quoted(gold)}) but no predictions" if gold else "no predicted labels"
    raise DataError.at(name, line, f"{reason} among {', '.join(keys) or 'nothing'}", _REMEDY)


def _quoted(keys: Sequence[str]) -> str:
    return ", ".join(map(repr, keys))


def _are_scores(values: Sequence[Any]) -> bool:
    """Whether values are floats, or nested lists of them, such as logits."""
    flat: Any = values
    while isinstance(flat, list) and flat:
        flat = flat[0]
    return isinstance(flat, float)


def _looks_like_labels(values: Sequence[Any]) -> bool:
    """Whether values are lists of strings that are `O` or have a prefix."""
    lists = [value for value in values if isinstance(value, list) and value]
    return bool(lists) and all(
        isinstance(label, str) and kind_of(label) in {Kind.OUTSIDE, Kind.PREFIXED, Kind.SPECIAL}
        for value in lists[:200]
        for label in value
    )
