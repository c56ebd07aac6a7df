"""An executor that follows a script, for tests of the orchestrator."""

from __future__ import annotations

from small_grid import record

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.results.record import RunError, Status
from mnerbench.benchmark.training.events import RunEnded, RunLost, StepsDone


class Scripted(Executor):
    """Executor that follows a script: per seed the outcome of each attempt; `done` by default.

    A run that is `silent` never ends by itself, one that is `mute` does not even start; one that `dies` loses its
    worker, one that is `slow` works until it is stopped.
    """

    def __init__(self, listen, script, slots=1):
        super().__init__(listen)
        self.script = {seed: list(attempts) for seed, attempts in script.items()}
        self.slots, self.running, self.started, self.stopped, self.closed = slots, {}, [], [], False
        self.reported = set()

    @property
    def free(self):
        return self.slots - len(self.running)

    def start(self, item):
        attempts = self.script.get(item.spec.seed)
        self.running[item.spec.identity] = (item, attempts.pop(0) if attempts else "done")
        self.started.append(item.spec.seed)

    def wait(self, seconds):
        for identity, (item, fate) in list(self.running.items()):
            if fate in {"silent", "mute"}:
                if fate == "silent" and identity not in self.reported:
                    self.reported.add(identity)
                    self._listen(StepsDone(identity))
                continue
            if fate == "slow" and identity not in self.stopped:
                self._listen(StepsDone(identity, 1))
                continue
            del self.running[identity]
            event = RunLost(identity, "gone") if fate == "dies" else RunEnded(identity, self.record(item, fate))
            self._listen(event)

    @staticmethod
    def record(item, fate):
        if fate == "full":
            error = RunError(kind="DiskError", message="no space", traceback="")
            return record(item.spec, Status.INTERRUPTED, error=error)
        return record(item.spec, {"done": Status.DONE, "fails": Status.FAILED, "slow": Status.INTERRUPTED}[fate])

    def stop(self, identity):
        self.stopped.append(identity)

    def kill(self, identity):
        del self.running[identity]
        self._listen(RunLost(identity, "killed"))

    def close(self):
        self.closed = True
