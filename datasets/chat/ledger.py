"""The list of what a results folder has paid for: a line per answer, appended by every process that asks."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from threading import Lock

from mnerbench.datasets.chat.answer import Answer
from mnerbench.datasets.chat.budget import Budget, Prices, Spent
from mnerbench.datasets.chat.errors import BudgetSpentError
from mnerbench.datasets.chat.request import ChatRequest
from mnerbench.datasets.untrusted.json_text import parse_json
from mnerbench.datasets.write_errors import cannot_write

LEDGER = "answers-bought.jsonl"  # in a results folder


class Ledger:
    """What was spent, and whether a further request is within the budget.

    Args:
        folder: the results folder.
        budget: most that may be spent in it.
        prices: of models.
    """

    def __init__(self, folder: Path, budget: Budget, prices: Prices) -> None:
        self._path, self._budget, self.prices = folder / LEDGER, budget, prices
        self._lock, self._spent, self._read_to = Lock(), Spent(), 0
        self._reserved: dict[str, Spent] = {}

    def reserve(self, request: ChatRequest) -> None:
        """Set aside what a request may cost at most: its estimated question and its longest answer.

        Raises:
            BudgetSpentError: the budget does not cover it.
        """
        cost = self._cost(request.model, 1, request.estimated_tokens, request.max_tokens)
        with self._lock:
            self._update()
            total = sum(self._reserved.values(), self._spent + cost)
            if (limit := self._budget.exceeded_by(total)) is not None:
                spent = f"{self._spent.requests:,} answers were bought here"
                ways = "raise it by --budget and repeat the command: the answers are kept"
                raise BudgetSpentError(f"the budget ({limit}) does not cover the next request; {spent}\n  -> {ways}")
            self._reserved[request.key] = cost

    def pay(self, request: ChatRequest, answer: Answer) -> None:
        """Add a line for an answer.

        Raises:
            DiskError: the line cannot be written.
        """
        prompt = answer.prompt_tokens if answer.prompt_tokens is not None else request.estimated_tokens
        completion = answer.completion_tokens if answer.completion_tokens is not None else len(answer.text) // 4
        cost = self._cost(request.model, 1, prompt, completion)
        entry = {"key": request.key, "model": request.model, "prompt": prompt, "completion": completion}
        line = json.dumps({**entry, "money": cost.money}) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            file = os.open(self._path, flags, 0o666)
            try:
                os.write(file, line.encode())  # one call, so that lines of several processes do not mix
            finally:
                os.close(file)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        self.release(request)

    def release(self, request: ChatRequest) -> None:
        """Give back what was set aside for a request."""
        with self._lock:
            self._reserved.pop(request.key, None)

    def spent(self) -> Spent:
        """What all processes have spent so far."""
        with self._lock:
            self._update()
            return self._spent

    def cost_of(self, model: str, answer: Answer) -> Spent:
        """What an answer costs."""
        return self._cost(model, 1, answer.prompt_tokens or 0, answer.completion_tokens or 0)

    def _cost(self, model: str, requests: int, prompt: int, completion: int) -> Spent:
        return Spent(requests, prompt, completion, self.prices.of(model, prompt, completion) or 0.0)

    def _update(self) -> None:
        """Read the lines that were added; a damaged line, of a killed process, is skipped."""
        with suppress(FileNotFoundError), self._path.open("rb") as stream:
            stream.seek(self._read_to)
            lines = stream.read()
            end = lines.rfind(b"\n") + 1
            self._read_to += end
            for line in lines[:end].splitlines():
                with suppress(ValueError, KeyError, TypeError):
                    entry = parse_json(line)
                    self._spent += Spent(1, int(entry["prompt"]), int(entry["completion"]), float(entry["money"]))
