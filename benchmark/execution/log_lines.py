"""Log lines and warnings of all libraries, printed as foreign text, since they quote files and servers."""

from __future__ import annotations

import logging
import warnings
from functools import partial
from typing import Any

from mnerbench.datasets.untrusted.display import bounded


class PrintableRecord(logging.LogRecord):
    """A log record whose message is escaped and of bounded length."""

    def getMessage(self) -> str:  # noqa: N802 - logging's own name
        """The message with its arguments."""
        return bounded(super().getMessage())


def make_log_lines_printable() -> None:
    """Escape and bound every log line and every warning of this process."""
    logging.setLogRecordFactory(PrintableRecord)
    if not isinstance(warnings.formatwarning, partial):
        warnings.formatwarning = partial(_printable_warning, warnings.formatwarning)


def _printable_warning(formatter: Any, *arguments: Any, **options: Any) -> str:
    return bounded(formatter(*arguments, **options))
