"""A process that tries inputs: portions come in as lines of JSON, and what came of each input goes out as one."""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import shutil
import sys
from pathlib import Path

from fuzzer.guard import scratch_folder
from fuzzer.inputs import make_input
from fuzzer.judge import Judge
from fuzzer.targets import targets

_HANGING = 60  # seconds after which an input is given up, and the process with it
_MEMORY = 4 << 30  # bytes beyond what is taken before the first input


def serve() -> None:
    """Try what is asked for until there is no more."""
    # What inputs print must not get between the results.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    home = scratch_folder()
    judge = Judge(home)
    try:
        for line in sys.stdin:
            request = json.loads(line)
            target = targets()[request["target"]]
            judge.judge(target, next(iter(target.seeds.values())))  # imports what it needs, which is not its fault
            _limit_memory()
            for number in range(request["first"], request["end"]):
                data = make_input(target.name, target.seeds, request["seed"], number)
                faulthandler.dump_traceback_later(_HANGING, exit=True)
                verdict = judge.judge(target, data)
                faulthandler.cancel_dump_traceback_later()
                answer = {"outcome": verdict.outcome, "seconds": round(verdict.seconds, 5)}
                answer |= {"fault": verdict.fault, "trace": verdict.trace} if verdict.failed else {}
                answers.write(json.dumps(answer) + "\n")
                answers.flush()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _limit_memory() -> None:
    """An input that asks for more memory gets an error, and the machine stays usable."""
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (in_use + _MEMORY, hard))
