"""The worker process that runs parts; a part that overruns or corrupts the GPU's context is ended with it."""

from __future__ import annotations

import logging
import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from mnerbench.benchmark.execution.signals import STOPPING
from mnerbench.benchmark.perf.gpu.outcomes import Outcome, SkippedError, reason_of
from mnerbench.benchmark.perf.gpu.parts import PARTS
from mnerbench.benchmark.perf.gpu.setting import Setting


@dataclass(frozen=True)
class Ready:
    """Sent once the worker has imported everything; contains facts about the machine."""

    facts: dict[str, Any]


@dataclass(frozen=True)
class Ended:
    """Sent at the end of a part.

    Attributes:
        failure: the error that broke it, or empty.
        skipped: why it could not run, or empty.
    """

    failure: str = ""
    skipped: str = ""


Message = Ready | Ended | Outcome


def work(pipe: Connection, setting: Setting) -> None:
    """Run parts until the pipe closes.

    Args:
        pipe: delivers names of parts, receives messages.
        setting: the setting of the check.
    """
    for number in {*STOPPING} - {signal.SIGTERM}:
        signal.signal(number, signal.SIG_IGN)  # a terminal signals the whole process group; the parent decides
    prepare_process(setting)
    from mnerbench.benchmark.perf.gpu.facts import facts

    pipe.send(Ready(facts(setting)))
    while True:
        try:
            name = pipe.recv()
        except EOFError:
            return
        pipe.send(run_part(name, setting, pipe))


def prepare_process(setting: Setting) -> None:
    """Disable downloads and log output, and interpret kernels if there is no GPU."""
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", TRANSFORMERS_NO_ADVISORY_WARNINGS="1")
    os.environ.update(HF_HUB_DISABLE_PROGRESS_BARS="1", TOKENIZERS_PARALLELISM="false")
    if not setting.on_gpu:
        os.environ["TRITON_INTERPRET"] = "1"
    logging.getLogger("mnerbench").setLevel(logging.ERROR)


def run_part(name: str, setting: Setting, pipe: Connection) -> Ended:
    """Run a part, sending its outcomes as they occur."""
    try:
        PARTS[name].load()(setting, pipe.send)
    except SkippedError as error:
        return Ended(skipped=str(error))
    except Exception as error:  # noqa: BLE001 - the boundary of a part: the others still run
        return Ended(failure=reason_of(error))
    return Ended()
