"""Lines of log and warnings of all libraries: they quote files and servers, and are printed as foreign text is."""

from __future__ import annotations

import logging
import warnings
from functools import partial
from typing import Any

from mnerbench.datasets.untrusted.display import bounded


class PrintableRecord(logging.LogRecord):
    """A record whose message moves no cursor and has an end."""

    def getMessage(self) -> str:  # noqa: N802 - logging's own name
        """The message with its arguments."""
        return bounded(super().getMessage())


def make_log_lines_printable() -> None:
    """For every logger and every warning of this process."""
    logging.setLogRecordFactory(PrintableRecord)
    if not isinstance(warnings.formatwarning, partial):
        warnings.formatwarning = partial(_printable_warning, warnings.formatwarning)


def _printable_warning(form: Any, *about: Any, **more: Any) -> str:
    return bounded(form(*about, **more))
