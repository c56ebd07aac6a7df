"""Commands in this process, for tests of what a command does; a process of its own takes seconds for its imports."""

from __future__ import annotations

import os
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from unittest import mock

from mnerbench.benchmark.cli import main


def benchmark(*arguments, code=0, columns=200):
    """Run a command line; returns stdout and stderr as one text, stdout first.

    Args:
        arguments: the words after `benchmark`.
        code: the expected exit code.
        columns: width of the output.
    """
    output, errors = StringIO(), StringIO()
    environment = mock.patch.dict(os.environ, COLUMNS=str(columns))
    with environment, redirect_stdout(output), redirect_stderr(errors):
        try:
            main([*map(str, arguments)])
        except SystemExit as ended:
            exit_code = ended.code
    text = output.getvalue() + errors.getvalue()
    assert exit_code == code, text
    return text
