"""The questions of a run to a language model: asks them, and sums up what was asked, answered and paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mnerbench.benchmark.results.record import Asked, Recalled
from mnerbench.benchmark.training.answers import UNREADABLE, AnswerCounts
from mnerbench.datasets.chat.answer import Answer, Outcome
from mnerbench.datasets.chat.asking import Asker
from mnerbench.datasets.chat.budget import Spent
from mnerbench.datasets.chat.errors import NoAnswerError
from mnerbench.datasets.chat.recall import halves, recall_request, recalled
from mnerbench.datasets.chat.request import ChatRequest
from mnerbench.datasets.corpus import Example

_FEWEST_USABLE = 0.5  # of the answers: with fewer, the server or its model is broken, and a score would mislead
Progress = Callable[[str, int], Callable[[int], None]]
_NAMED = 3  # models or servers of a run
_SHOWN = 4000  # characters of a question in the record


class Conversation:
    """All questions of a run.

    Args:
        asker: asks the server.
        model: name of the language model.
        progress: gives a callback for the number of answers that arrived, by what is asked and how many questions
            there are; the callback may raise to stop.

    Attributes:
        counts: of answers, by `split.view`.
    """

    def __init__(self, asker: Asker, model: str, progress: Progress) -> None:
        self._asker, self._model, self._progress = asker, model, progress
        self._answers: dict[str, Answer] = {}
        self._bought = 0
        self._recalled: dict[str, Recalled] = {}
        self._first: ChatRequest | None = None
        self.counts: dict[str, AnswerCounts] = {}

    def ask(self, requests: Sequence[ChatRequest], what: str) -> tuple[Answer, ...]:
        """The answers to questions.

        Args:
            requests: the questions.
            what: they are about, for people.

        Raises:
            ChatError: the server or the budget ends it; answers that arrived are kept.
        """
        self._first = self._first or next(iter(requests), None)
        answers = self._asker.ask(requests, self._progress(what, len(requests)))
        self._bought += answers.bought
        self._answers |= {request.key: item for request, item in zip(requests, answers.answers, strict=True)}
        return answers.answers

    def require_usable(self, part: str) -> None:
        """Raise if most answers of a split in a view are unusable.

        Raises:
            NoAnswerError: they are.
        """
        counts = self.counts[part]
        total, outcomes = counts.outcomes.total(), counts.outcomes
        if total - counts.read > (1 - _FEWEST_USABLE) * total:
            listed = ", ".join(f"{number:,} {name}" for name, number in _filled(outcomes).items())
            reason = f"no entities could be read from {total - counts.read:,} of {total:,} answers ({listed})"
            ways = "look at an answer in the cache, and choose another model or prompt"
            if outcomes[Outcome.TRUNCATED.value] > outcomes[UNREADABLE]:
                ways = "let answers be longer: --set llm.max_tokens=4096"
            raise NoAnswerError(f"{_few(self._servers)}: {reason}\n  -> {ways}")

    def recall(self, split: str, tweets: Sequence[Example], count: int) -> None:
        """Ask for the second halves of some tweets of a split, which tells whether the model has read them.

        Raises:
            ChatError: as for `ask`.
        """
        if items := halves(tweets, count):
            requests = [recall_request(self._model, half) for half in items]
            answers = self.ask(requests, f"{split}, second halves")
            own, others = recalled([answer.text for answer in answers], items)
            self._recalled[split] = Recalled(tweets=len(items), own=own, others=others)

    @property
    def _servers(self) -> list[str]:
        """Those that gave the answers, also earlier."""
        return sorted({answer.server for answer in self._answers.values() if answer.server})

    def summary(self) -> Asked:
        """What was asked so far."""
        answers, ledger = self._answers.values(), self._asker.ledger
        spent = sum((ledger.cost_of(self._model, answer) for answer in answers), Spent())
        priced = ledger.prices.of(self._model, 0, 0) is not None
        messages = self._first.shown["messages"] if self._first is not None else []
        return Asked(
            server=_few(self._servers),
            model=_few(sorted({answer.model for answer in answers if answer.model})) or self._model,
            requests=len(answers),
            bought=self._bought,
            outcomes={part: _filled(counts.outcomes) for part, counts in self.counts.items()},
            read={part: counts.read for part, counts in self.counts.items()},
            entities={part: _filled(counts.entities) for part, counts in self.counts.items()},
            prompt_tokens=spent.prompt_tokens,
            completion_tokens=spent.completion_tokens,
            uncounted=sum(answer.prompt_tokens is None or answer.completion_tokens is None for answer in answers),
            seconds=sum(answer.seconds for answer in answers),
            money=spent.money if priced else None,
            currency=ledger.prices.currency if priced else "",
            recalled=self._recalled,
            system_prompt=_text_of(messages[0]["content"]) if messages else "",
            example=_text_of(messages[-1]["content"]) if messages else "",
        )


def _filled(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in sorted(counts.items()) if number}


def _few(names: Sequence[str]) -> str:
    """At most three of some names, and the number of the others."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _text_of(content: object) -> str:
    """The text of a message without its pictures, cut to what the record holds."""
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if part["type"] == "text")
    return str(content)[:_SHOWN]
