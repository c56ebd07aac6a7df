"""The list of what a results folder has paid for, appended by every process that asks.

A line is written before a request is sent, with the most that it may cost, and one after its reply, with the difference
to what it did cost. So all processes share one budget, and a request that was under way when a process was killed
counts as paid, which it may have been.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition

from filelock import FileLock

from mnerbench.datasets.chat.answer import Answer
from mnerbench.datasets.chat.budget import Budget, Prices, Spent
from mnerbench.datasets.chat.errors import BudgetSpentError
from mnerbench.datasets.chat.request import ChatRequest
from mnerbench.datasets.errors import MissingInputError, StoreError
from mnerbench.datasets.untrusted.files import open_binary
from mnerbench.datasets.untrusted.json_text import parse_json
from mnerbench.datasets.write_errors import cannot_write

LEDGER = "answers-bought.jsonl"  # in a results folder
_POLL = 1.0  # seconds between two looks at the ledger while requests are under way


class Ledger:
    """What was spent, and whether a further request is within the budget.

    Args:
        folder: the results folder.
        budget: most that may be spent in it.
        prices: of models.
    """

    def __init__(self, folder: Path, budget: Budget, prices: Prices) -> None:
        self._path, self._budget, self.prices = folder / LEDGER, budget, prices
        self._changed = Condition()
        self._under_way = 0
        self._total, self._read_to = Spent(), 0

    def reserve(self, request: ChatRequest) -> Spent:
        """Set aside what a request may cost at most: its estimated question and its longest answer.

        Waits while requests of this process are under way whose answers may turn out shorter.

        Returns:
            What was set aside, to be given to `settle`.

        Raises:
            BudgetSpentError: the budget does not cover it, or is of money and the model has no price.
            DiskError: the ledger cannot be written.
        """
        cost = self._cost(request.model, request.estimated_tokens, request.max_tokens)
        if self._budget.money is not None and self.prices.of(request.model, 0, 0) is None:
            reason = f"no price of the model {request.model!r} is known, so that a budget of money cannot be kept"
            raise BudgetSpentError(f"{reason}\n  -> add it to the file of --prices")
        with self._changed:
            while (limit := self._take(cost)) is not None:
                if not self._under_way:
                    bought = f"{self.spent().requests:,} requests were made here"
                    ways = "raise it by --budget and repeat the command: the answers are kept"
                    raise BudgetSpentError(
                        f"the budget ({limit}) does not cover the next request; {bought}\n  -> {ways}"
                    )
                self._changed.wait(_POLL)
            self._under_way += 1
        return cost

    def settle(self, request: ChatRequest, reserved: Spent, answer: Answer | None) -> None:
        """Replace what was set aside by what a request did cost; without an answer, by nothing.

        Raises:
            DiskError: the ledger cannot be written.
        """
        cost = self.cost_of(request.model, answer, request) if answer is not None else Spent()
        try:
            self._write(cost - reserved)
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def charge(self, request: ChatRequest) -> None:
        """Add a reply that was no answer, but may have cost as much as the longest one.

        Raises:
            BudgetSpentError: the budget does not cover it.
            DiskError: the ledger cannot be written.
        """
        limit = self._take(self._cost(request.model, request.estimated_tokens, request.max_tokens))
        if limit is not None:
            reason = f"the budget ({limit}) does not cover another attempt after a reply that cannot be used"
            raise BudgetSpentError(f"{reason}\n  -> raise it by --budget, or look at the server")

    def spent(self) -> Spent:
        """What all processes have spent so far, with what is set aside."""
        with suppress(MissingInputError), open_binary(self._path, error=StoreError, most=None) as stream:
            stream.seek(self._read_to)
            lines = stream.read()
            end = lines.rfind(b"\n") + 1
            self._read_to += end
            for line in lines[:end].splitlines():
                with suppress(ValueError, KeyError, TypeError):  # of a process that was killed while it wrote
                    entry = parse_json(line)
                    requests, prompt, completion = (int(entry[name]) for name in ("requests", "prompt", "completion"))
                    self._total += Spent(requests, prompt, completion, float(entry["money"]))
        return self._total

    def cost_of(self, model: str, answer: Answer, request: ChatRequest | None = None) -> Spent:
        """What an answer costs; uncounted tokens are estimated if its request is given."""
        prompt = request.estimated_tokens if request is not None else 0
        completion = len(answer.text) // 4 if request is not None else 0
        prompt = answer.prompt_tokens if answer.prompt_tokens is not None else prompt
        completion = answer.completion_tokens if answer.completion_tokens is not None else completion
        return self._cost(model, prompt, completion)

    def _cost(self, model: str, prompt: int, completion: int) -> Spent:
        return Spent(1, prompt, completion, self.prices.of(model, prompt, completion) or 0.0)

    def _take(self, cost: Spent) -> str | None:
        """Write a cost if the budget covers it; otherwise the limit that it exceeds."""
        with self._locked():
            limit = self._budget.exceeded_by(self.spent() + cost) if self._budget != Budget() else None
            if limit is None:
                self._append(cost)
        return limit

    def _write(self, change: Spent) -> None:
        with self._locked():
            self._append(change)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the ledger, so that no other process or thread adds to it."""
        lock = FileLock(self._path.with_suffix(".lock"))
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError as error:
            raise cannot_write(self._path, error) from error
        try:
            yield
        finally:
            lock.release()

    def _append(self, change: Spent) -> None:
        tokens = {"prompt": change.prompt_tokens, "completion": change.completion_tokens}
        entry = {"requests": change.requests, **tokens, "money": change.money, "time": int(time.time())}
        try:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            with os.fdopen(os.open(self._path, flags, 0o666), "r+b") as stream:
                # A process may have been killed in the middle of its line.
                size = stream.seek(0, os.SEEK_END)
                ends = size == 0 or os.pread(stream.fileno(), 1, size - 1) == b"\n"
                stream.write((b"" if ends else b"\n") + json.dumps(entry).encode() + b"\n")
        except OSError as error:
            raise cannot_write(self._path, error) from error
