"""What language models were asked, what they answered, and what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from mnerbench.benchmark.results.record import Asked, RunRecord


@dataclass(frozen=True)
class AskedMeans:
    """The questions of a method, means over its finished runs; money as if every answer had been bought.

    Attributes:
        models: names, by the answers.
        servers: scheme and host.
        outcomes: answers of a split in a view by outcome: `answered`, `truncated`, `unreadable`, ...
        entities: entities of these answers by what became of them: `matched`, `not in the tweet`, ...
        requests: questions of a run, over all of its splits and views.
        prompt_tokens: of these questions.
        completion_tokens: of their answers.
        seconds: that the server took for them, one after the other.
        money: that they cost; None without prices.
        currency: of the money.
    """

    models: tuple[str, ...]
    servers: tuple[str, ...]
    outcomes: Mapping[str, float]
    entities: Mapping[str, float]
    requests: float
    prompt_tokens: float
    completion_tokens: float
    seconds: float
    money: float | None
    currency: str

    @property
    def usable(self) -> float:
        """Share of the answers from which entities were read."""
        total = sum(self.outcomes.values())
        return self.outcomes.get("answered", 0.0) / total if total else 0.0


def asked_means(records: Sequence[RunRecord], split: str, view: str | None) -> AskedMeans | None:
    """Summarise the questions of the runs of one method; None if it asks no language model."""
    asked = [record.asked for record in records if record.asked is not None]
    if not asked:
        return None
    part = f"{split}.{view}"
    money = [item.money for item in asked if item.money is not None]
    return AskedMeans(
        models=tuple(sorted({item.model for item in asked})),
        servers=tuple(sorted({item.server for item in asked if item.server})),
        outcomes=_means([item.outcomes.get(part, {}) for item in asked]),
        entities=_means([item.entities.get(part, {}) for item in asked]),
        requests=fmean(item.requests for item in asked),
        prompt_tokens=fmean(item.prompt_tokens for item in asked),
        completion_tokens=fmean(item.completion_tokens for item in asked),
        seconds=fmean(item.seconds for item in asked),
        money=fmean(money) if len(money) == len(asked) else None,
        currency=_currency(asked),
    )


def _means(counts: Sequence[Mapping[str, int]]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for item in counts:
        total.update(item)
    return {name: number / len(counts) for name, number in total.items()}


def _currency(asked: Sequence[Asked]) -> str:
    names = {item.currency for item in asked}
    return names.pop() if len(names) == 1 else ""
