"""A process that does parts. A part that overruns, or breaks the GPU's context, is ended with it."""

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
    """The worker has imported everything; with what it knows of the machine."""

    facts: dict[str, Any]


@dataclass(frozen=True)
class Ended:
    """The part is over.

    Attributes:
        failure: what broke it; empty when nothing did.
        skipped: why it could not be done; empty when it could.
    """

    failure: str = ""
    skipped: str = ""


Message = Ready | Ended | Outcome


def work(pipe: Connection, setting: Setting) -> None:
    """Do parts until the pipe closes.

    Args:
        pipe: brings names of parts, takes messages.
        setting: of the check.
    """
    for number in {*STOPPING} - {signal.SIGTERM}:
        signal.signal(number, signal.SIG_IGN)  # a terminal signals the whole group; the other side decides
    prepare_process(setting)
    from mnerbench.benchmark.perf.gpu.facts import facts

    pipe.send(Ready(facts(setting)))
    while True:
        try:
            name = pipe.recv()
        except EOFError:
            return
        pipe.send(do_part(name, setting, pipe))


def prepare_process(setting: Setting) -> None:
    """Nothing is fetched, nothing is said on the way, and kernels are interpreted where there is no GPU."""
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", TRANSFORMERS_NO_ADVISORY_WARNINGS="1")
    os.environ.update(HF_HUB_DISABLE_PROGRESS_BARS="1", TOKENIZERS_PARALLELISM="false")
    if not setting.on_gpu:
        os.environ["TRITON_INTERPRET"] = "1"
    logging.getLogger("mnerbench").setLevel(logging.ERROR)


def do_part(name: str, setting: Setting, pipe: Connection) -> Ended:
    """Do a part; what it finds is sent as it is found."""
    try:
        PARTS[name].load()(setting, pipe.send)
    except SkippedError as why:
        return Ended(skipped=str(why))
    except Exception as error:  # noqa: BLE001 - the boundary of a part: the others still have their turn
        return Ended(failure=reason_of(error))
    return Ended()
