"""Scores of labels in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnerbench.benchmark.api.frames import table_of
from mnerbench.datasets.errors import ConfigError, DataError, suggestion

if TYPE_CHECKING:
    import pandas as pd

    from mnerbench.benchmark.results.scoring import Score


@dataclass(frozen=True)
class Scores:
    """Entity-level scores, as fractions, over all types and by type.

    Attributes:
        scorer: how labels were read as entities.
    """

    scorer: str
    _score: Score

    @property
    def f1(self) -> float:
        """Micro F1."""
        return self._score.overall.f1

    @property
    def precision(self) -> float:
        """Micro precision."""
        return self._score.overall.precision

    @property
    def recall(self) -> float:
        """Micro recall."""
        return self._score.overall.recall

    @property
    def types(self) -> pd.DataFrame:
        """A row per entity type, and one for all: scores, and numbers of entities."""
        counts = {**self._score.types, "all": self._score.overall}
        columns = ("f1", "precision", "recall", "correct", "predicted", "gold")
        return table_of({"type": kind, **{name: getattr(of, name) for name in columns}} for kind, of in counts.items())

    def _repr_html_(self) -> str:
        html: str = self.types.to_html(index=False)
        return html


def score(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], scorer: str = "conlleval") -> Scores:
    """Score predicted labels.

    Args:
        gold: one label per word, per tweet: `O`, `B-PER`, ...
        predicted: the same for the predictions.
        scorer: `conlleval` as in tables, `strict-iob2` or `umt`.

    Raises:
        DataError: numbers of tweets or of words differ.
        ConfigError: the scorer is unknown.
    """
    from mnerbench.benchmark.results import scoring

    scorers = [reading.value for reading in scoring.Scorer]
    if scorer not in scorers:
        raise ConfigError(f"no scorer {scorer!r}{suggestion(scorer, scorers)}\n  -> one of: {', '.join(scorers)}")
    if len(gold) != len(predicted):
        raise DataError(
            f"{len(gold)} tweets with gold labels, {len(predicted)} with predictions\n  -> give both for all"
        )
    for number, (of_gold, of_predicted) in enumerate(zip(gold, predicted, strict=True)):
        if len(of_gold) != len(of_predicted):
            reason = f"tweet {number}: {len(of_gold)} gold labels, {len(of_predicted)} predicted ones"
            raise DataError(f"{reason}\n  -> every word needs one label on each side")
    return Scores(scorer, scoring.score(zip(gold, predicted, strict=True), scoring.Scorer(scorer)))
