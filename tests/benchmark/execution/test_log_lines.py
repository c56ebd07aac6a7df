"""Log lines and warnings of all libraries are printed as foreign text."""

import logging
import warnings

import pytest

from mnerbench.benchmark.execution.log_lines import make_log_lines_printable


@pytest.fixture
def printable_lines():
    """Log lines as in a process of the command line; restored afterwards."""
    factory, formatter = logging.getLogRecordFactory(), warnings.formatwarning
    make_log_lines_printable()
    make_log_lines_printable()
    yield
    logging.setLogRecordFactory(factory)
    warnings.formatwarning = formatter


def test_log_lines_contain_no_escape_sequences(printable_lines, caplog):
    logging.getLogger("somebody.else").warning("server said %s", "\x1b[2J" + "x" * 10_000)
    (message,) = caplog.messages
    assert message.startswith("server said \\x1b[2Jxxx")
    assert len(message) < 3000


def test_warnings_contain_no_escape_sequences(printable_lines):
    text = warnings.formatwarning("\x1b[2J\u202e", UserWarning, "file.py", 1, "")
    assert "UserWarning: \\x1b[2J\\u202e\n" in text
