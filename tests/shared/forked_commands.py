"""Commands in processes of their own, forked from one that has imported the program.

They share nothing with the tests or with each other and can be killed, but do not take seconds for imports, as new
processes do. tests/benchmark/cli/test_cli.py starts commands in new processes too.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import sys

from mnerbench.benchmark.cli import main

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(
    [
        "mnerbench.benchmark.api.grid_run",
        "mnerbench.benchmark.cli.run",
        "mnerbench.benchmark.cli.report",
        "mnerbench.benchmark.cli.status",
        "mnerbench.benchmark.cli.tune",
        "mnerbench.benchmark.training.run",
        "transformers.models.bert.modeling_bert",
    ]
)


class ForkedCommand:
    """A command line that has been started.

    Args:
        words: the command line after `benchmark`.
        variables: of its environment, besides those of this process.
        path: folders from which it imports first.

    Attributes:
        output: what it prints, to be read as it comes; standard output and standard error.
    """

    def __init__(self, *words, variables=None, path=()):
        reader, writer = _SERVER.Pipe(duplex=False)
        environment = {**os.environ, **(variables or {})}
        arguments = ([*map(str, words)], environment, [*map(str, path)], writer)
        self._process = _SERVER.Process(target=_execute, args=arguments)
        self._process.start()
        writer.close()
        self.output = os.fdopen(os.dup(reader.fileno()), encoding="utf-8")
        reader.close()

    def send_signal(self, number):
        """Send it a signal."""
        os.kill(self._process.pid, number)

    def wait(self):
        """Wait for its end; returns the exit code, or the number of the signal that ended it, negated."""
        self._process.join()
        return self._process.exitcode


def forked(*words, code=0, **settings):
    """Run a command line to its end; returns what it printed."""
    command = ForkedCommand(*words, **settings)
    with command.output:
        text = command.output.read()
    assert command.wait() == code, text
    return text


def _execute(words, environment, path, output):
    # Where the tests run in the background, interrupts are ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = path
    sys.dont_write_bytecode = True  # two edits of a file may have the same time
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    output.close()
    sys.stdout, sys.stderr = (
        open(number, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115 - of a descriptor
        for number in (1, 2)
    )
    try:
        main(words)
    finally:
        atexit._run_exitfuncs()  # multiprocessing calls its own only
