"""Infers the role of a JSON key or table column from its name."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache


class Role(StrEnum):
    """Content of a key or column. `LABELS` may be gold or predicted: the name leaves it open."""

    WORDS = "words"
    TEXT = "text"
    PREDICTED = "predicted"
    GOLD = "gold"
    LABELS = "labels"
    NAMES = "names"
    ID = "id"
    IMAGE = "image"
    OTHER = "other"


# In order of precedence: `pred_label_ids` holds predictions, `label_names` names, `tweet_id` an id.
_KEYWORDS: tuple[tuple[Role, frozenset[str]], ...] = (
    (
        Role.OTHER,
        frozenset({"score", "scores", "prob", "probs", "probability", "confidence", "logits", "loss", "counts"}),
    ),
    (Role.OTHER, frozenset({"mask", "prompt", "messages"})),
    (Role.NAMES, frozenset({"names", "list", "id2label", "label2id", "features", "labelnames", "labellist"})),
    (Role.IMAGE, frozenset({"image", "img", "imgid", "picture", "photo"})),
    (
        Role.PREDICTED,
        frozenset({"output", "outputs", "response", "responses", "completion", "completions", "generated", "hyp"})
        | {"hypothesis", "decoded", "guess", "guessed", "ypred"},
    ),
    (
        Role.GOLD,
        frozenset({"gold", "golds", "golden", "true", "truth", "target", "targets", "reference", "references", "ref"})
        | {"expected", "gt", "ytrue"},
    ),
    (
        Role.LABELS,
        frozenset({"label", "labels", "tag", "tags", "ner", "bio", "iob", "entity", "entities", "span", "spans"})
        | {"mention", "mentions", "annotation", "annotations"},
    ),
    (Role.ID, frozenset({"#", "id", "ids", "guid", "uid", "idx", "index", "no", "nr", "number", "num"})),
    (Role.WORDS, frozenset({"word", "words", "token", "tokens", "form", "surface"})),
    (Role.TEXT, frozenset({"text", "sentence", "sent", "tweet", "content", "input", "source"})),
)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W_]+")


@lru_cache(maxsize=1 << 12)
def role_of(name: str) -> Role:
    """Infer a role: `predLabels` and `y_pred` are predictions, `gold` and `true_labels` gold, `labels` either."""
    parts = {part.lower() for part in _PARTS.findall(name)} | {name.strip().lower().replace("_", "")}
    for role, words in _KEYWORDS:
        if role is Role.PREDICTED and any(part.startswith("pred") for part in parts):
            return role
        if parts & words:
            return role
    return Role.OTHER
