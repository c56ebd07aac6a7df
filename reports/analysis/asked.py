"""What language models were asked, what they answered, and what it cost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from mnerbench.benchmark.results.record import Asked, RunRecord
from mnerbench.reports.statistics.ttests import LEVEL


@dataclass(frozen=True)
class RecallCounts:
    """Whether a model continues test tweets word for word.

    Attributes:
        tweets: whose second half was asked for.
        own: answers that continue their tweet.
        others: answers that continue another tweet of the sample, by chance.
    """

    tweets: int
    own: int
    others: int


@dataclass(frozen=True)
class AskedMeans:
    """The questions of a method, means over its finished runs; money as if every answer had been bought.

    Attributes:
        models: names, by the answers.
        servers: scheme and host.
        read: answers of a split in a view from which a list of entities was read.
        outcomes: these answers by outcome: `answered`, `truncated`, `unreadable`, ...
        entities: entities of these answers by what became of them: `matched`, `not in the tweet`, ...
        requests: questions of a run, over all of its splits and views.
        prompt_tokens: of these questions.
        completion_tokens: of their answers.
        seconds: that the server took for them, one after the other.
        money: that they cost; None without prices.
        currency: of the money.
        recalled: of the split; None if second halves were not asked for.
    """

    models: tuple[str, ...]
    servers: tuple[str, ...]
    read: float
    outcomes: Mapping[str, float]
    entities: Mapping[str, float]
    requests: float
    prompt_tokens: float
    completion_tokens: float
    seconds: float
    money: float | None
    currency: str
    recalled: RecallCounts | None = None

    @property
    def usable(self) -> float:
        """Share of the answers from which entities were read."""
        total = sum(self.outcomes.values())
        return self.read / total if total else 0.0


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
        read=fmean(item.read.get(part, 0) for item in asked),
        outcomes=_means([item.outcomes.get(part, {}) for item in asked]),
        entities=_means([item.entities.get(part, {}) for item in asked]),
        requests=fmean(item.requests for item in asked),
        prompt_tokens=fmean(item.prompt_tokens for item in asked),
        completion_tokens=fmean(item.completion_tokens for item in asked),
        seconds=fmean(item.seconds for item in asked),
        money=fmean(money) if len(money) == len(asked) else None,
        currency=_currency(asked),
        recalled=_recalled(asked, split),
    )


def has_read(own: int, others: int) -> bool:
    """Whether a model continues its own tweets more often than others, by a one-sided sign test at 5 %.

    Args:
        own: answers that continue the tweet that was asked for.
        others: answers that continue another one.
    """
    total = own + others
    at_least = sum(math.comb(total, count) for count in range(own, total + 1))
    return bool(at_least / 2**total < LEVEL)


def _recalled(asked: Sequence[Asked], split: str) -> RecallCounts | None:
    """The counts of the run that asked for most tweets: those of the others are among them."""
    counts = [item.recalled[split] for item in asked if split in item.recalled]
    largest = max(counts, key=lambda item: item.tweets, default=None)
    return RecallCounts(largest.tweets, largest.own, largest.others) if largest is not None else None


def _means(counts: Sequence[Mapping[str, int]]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for item in counts:
        total.update(item)
    return {name: number / len(counts) for name, number in total.items()}


def _currency(asked: Sequence[Asked]) -> str:
    names = {item.currency for item in asked}
    return names.pop() if len(names) == 1 else ""
