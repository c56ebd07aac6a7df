"""Asks many questions: what is stored is not asked again, what is new is asked by several threads and stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from mnerbench.datasets.chat.answer import Answer, Outcome
from mnerbench.datasets.chat.answer_store import AnswerStore
from mnerbench.datasets.chat.ledger import Ledger
from mnerbench.datasets.chat.request import ChatRequest
from mnerbench.datasets.chat.server import ChatServer, server_address, shown_address
from mnerbench.datasets.errors import MissingInputError

_POLL = 0.5  # seconds between two looks whether to stop

# Receives the number of answers that just arrived, and whether to go on is asked there.
Advance = Callable[[int], None]


@dataclass(frozen=True)
class Answers:
    """The answers to a list of requests.

    Attributes:
        answers: one per request, in order.
        bought: number of answers that the server gave now.
    """

    answers: tuple[Answer, ...]
    bought: int


class Asker:
    """Asks a server, through a store of answers and within a budget.

    Args:
        connect: opens the connection; called only if something has to be asked.
        store: of answers.
        ledger: of what was paid.
        threads: requests at a time.
    """

    def __init__(self, connect: Callable[[], ChatServer], store: AnswerStore, ledger: Ledger, threads: int) -> None:
        self._connect, self._store, self.ledger, self._threads = connect, store, ledger, threads

    @property
    def server_name(self) -> str:
        """Scheme and host of the server's address; empty if none is set."""
        try:
            return shown_address(server_address())
        except MissingInputError:
            return ""

    def missing(self, requests: Sequence[ChatRequest]) -> list[ChatRequest]:
        """The requests without an answer, equal ones once."""
        unique = {request.key: request for request in requests}
        return [request for key, request in unique.items() if self._store.get(key) is None]

    def ask(self, requests: Sequence[ChatRequest], advance: Advance = lambda _: None) -> Answers:
        """The answers to requests.

        Args:
            requests: in any order; equal ones are asked once.
            advance: called in this thread with the number of answers that arrived, also with 0 while waiting; an
                exception that it raises ends the asking after the requests that are under way.

        Raises:
            ChatError: the server or the budget ends it; what arrived is stored.
            DiskError: an answer cannot be stored.
        """
        found = {request.key: self._store.get(request.key) for request in requests}
        missing = {request.key: request for request in requests if found[request.key] is None}
        advance(len(requests) - len(missing))
        answers = {key: answer for key, answer in found.items() if answer is not None}
        bought = self._buy(missing, answers, advance) if missing else 0
        return Answers(tuple(answers[request.key] for request in requests), bought)

    def _buy(self, missing: dict[str, ChatRequest], answers: dict[str, Answer], advance: Advance) -> int:
        server, bought = self._connect(), 0
        with ThreadPoolExecutor(self._threads) as pool:
            keys: dict[Future[tuple[Answer, bool]], str] = {
                pool.submit(self._buy_one, server, request): key for key, request in missing.items()
            }
            waiting = set(keys)
            try:
                while waiting:
                    ready, waiting = wait(waiting, _POLL, FIRST_COMPLETED)
                    for future in ready:
                        answers[keys[future]], is_new = future.result()
                        bought += is_new
                    advance(len(ready))
            finally:
                server.close()  # requests under way end and are stored; the others are not asked
        return bought

    def _buy_one(self, server: ChatServer, request: ChatRequest) -> tuple[Answer, bool]:
        """An answer, and whether it was asked for now."""
        with self._store.buying(request.key):
            if (stored := self._store.get(request.key)) is not None:
                return stored, False
            self.ledger.reserve(request)
            try:
                answer = server.ask(request)
                if answer.outcome is Outcome.UNUSABLE:  # not an answer: the next run asks again
                    return answer, False
                self._store.put(request, answer)
                self.ledger.pay(request, answer)
            finally:
                self.ledger.release(request)
        return answer, True
