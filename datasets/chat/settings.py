"""How language models are asked on this machine; nothing of it is part of a run's identity."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mnerbench.datasets.chat.address import server_address
from mnerbench.datasets.chat.answer_store import AnswerStore
from mnerbench.datasets.chat.asking import Asker
from mnerbench.datasets.chat.budget import Budget, Prices
from mnerbench.datasets.chat.ledger import Ledger
from mnerbench.datasets.chat.recall import TWEETS
from mnerbench.datasets.chat.server import ChatServer, ServerSettings


@dataclass(frozen=True)
class ChatSettings:
    """Limits of asking.

    Attributes:
        threads: requests at a time.
        server: how a request is sent.
        budget: most that a results folder may pay for.
        prices: of models.
        recall: number of test tweets of which the model is asked for the second half; 0 for none.
    """

    threads: int = 8
    server: ServerSettings = field(default_factory=ServerSettings)
    budget: Budget = field(default_factory=Budget)
    prices: Prices = field(default_factory=Prices)
    recall: int = TWEETS


def open_asker(cache: Path, out: Path, settings: ChatSettings) -> Asker:
    """What asks the server that the environment names; the connection is opened when something has to be asked.

    Args:
        cache: the cache folder, where answers are stored.
        out: the results folder, whose spending is limited.
        settings: limits.
    """

    def connect() -> ChatServer:
        return ChatServer(server_address(), settings.server)

    ledger = Ledger(out, settings.budget, settings.prices)
    return Asker(connect, AnswerStore(cache), ledger, settings.threads)
