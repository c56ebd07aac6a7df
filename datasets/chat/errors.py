"""Why a server cannot be asked, or not any further."""

from __future__ import annotations

from mnerbench.datasets.errors import MnerbenchError


class ChatError(MnerbenchError):
    """Asking ended early; answers that arrived are kept, and the same command asks for the others."""


class NoAnswerError(ChatError):
    """The server gives no usable answer, after all attempts."""


class ServerRefusesError(ChatError):
    """The server takes no request at all: the key, the model or the address is wrong."""


class BudgetSpentError(ChatError):
    """The next request could exceed the budget."""


class AskingStoppedError(ChatError):
    """The run was requested to stop."""
