"""Asks many questions: what is stored is not asked again, what is new is asked by several threads and stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread

from mnerbench.datasets.chat.answer import Answer, Outcome
from mnerbench.datasets.chat.answer_store import AnswerStore
from mnerbench.datasets.chat.ledger import Ledger
from mnerbench.datasets.chat.request import ChatRequest
from mnerbench.datasets.chat.server import ChatServer

_POLL = 0.5  # seconds between two looks whether to stop

# Receives the number of answers that just arrived, and whether to go on is asked there.
Advance = Callable[[int], None]
# The key of a request, its answer or the error, and whether the server was asked now.
_Result = tuple[str, Answer | BaseException, bool]


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
        unique = {request.key: request for request in requests}
        stored = {key: self._store.get(key) for key in unique}
        missing = {key: request for key, request in unique.items() if stored[key] is None}
        advance(len(requests) - len(missing))
        answers = {key: answer for key, answer in stored.items() if answer is not None}
        bought = self._buy(missing, answers, advance) if missing else 0
        return Answers(tuple(answers[request.key] for request in requests), bought)

    def _buy(self, missing: Mapping[str, ChatRequest], answers: dict[str, Answer], advance: Advance) -> int:
        server, bought = self._connect(), 0
        tasks, results = SimpleQueue[ChatRequest](), SimpleQueue[_Result]()
        for request in missing.values():
            tasks.put(request)

        def work() -> None:
            with suppress(Empty):
                while True:
                    request = tasks.get_nowait()
                    try:
                        results.put((request.key, *self._buy_one(server, request)))
                    except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
                        results.put((request.key, error, False))
                        return

        # Not a pool: its threads would keep a process alive that is stopped for the second time.
        threads = [Thread(target=work, daemon=True) for _ in range(min(self._threads, len(missing)))]
        for thread in threads:
            thread.start()
        try:
            for _ in missing:
                key, answer, is_new = self._next(results, advance)
                if isinstance(answer, BaseException):
                    raise answer
                answers[key], bought = answer, bought + is_new
                advance(1)
        finally:
            server.close()  # requests under way end and are stored; the others are not asked
            with suppress(Empty):
                while True:
                    tasks.get_nowait()
            for thread in threads:
                thread.join()
        return bought

    @staticmethod
    def _next(results: SimpleQueue[_Result], advance: Advance) -> _Result:
        while True:
            with suppress(Empty):
                return results.get(timeout=_POLL)
            advance(0)

    def _buy_one(self, server: ChatServer, request: ChatRequest) -> tuple[Answer, bool]:
        """An answer, and whether it was asked for now."""
        with self._store.buying(request.key):
            if (stored := self._store.get(request.key)) is not None:
                return stored, False
            reserved, answer = self.ledger.reserve(request), None
            try:
                answer = server.ask(request, lambda: self.ledger.charge(request))
                if answer.outcome not in (Outcome.UNUSABLE, Outcome.REJECTED):  # else the next run asks again
                    self._store.put(request, answer)
            finally:
                is_answer = answer is not None and answer.outcome not in (Outcome.UNUSABLE, Outcome.REJECTED)
                self.ledger.settle(request, reserved, answer if is_answer else None)
        return answer, is_answer
