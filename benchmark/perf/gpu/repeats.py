"""`--deterministic`: the same run twice, to the same predictions; and a run that is killed goes on to the same."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.execution.executors.processes import ProcessExecutor
from mnerbench.benchmark.perf.gpu.outcomes import Emit, attempt, require
from mnerbench.benchmark.perf.gpu.runs import MadePictures, do_runs, predictions, require_done
from mnerbench.benchmark.perf.gpu.setting import SMALL, Setting
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.store import CHECKPOINT
from mnerbench.benchmark.training.events import Event, Listener, RunLost, StepsDone

# Over words and over pieces; with LSTMs, a graph of regions, swapped pairs, posteriors of two views.
_METHODS = ("bert-crf", "hbilstm-crf", "umt", "maf", "hamlearning", "ita-all+cva")
_REHEARSED = ("bert-crf", "umt")


def repeats(setting: Setting, emit: Emit) -> None:
    """Each method twice, in fp32 and in bf16."""
    setting = setting.checked
    for precision in ("bf16",) if setting.tiny else ("fp32", "bf16"):
        for name in _REHEARSED if setting.tiny else _METHODS:
            attempt(f"{name}, {precision}", partial(_twice, setting, name, precision), emit)


def _twice(setting: Setting, name: str, precision: str) -> None:
    """Do a run twice.

    Raises:
        CheckError: a run is not done, or predictions differ.
    """
    found = []
    for number in (1, 2):
        places = setting.places(f"{name}-{precision}-{number}", deterministic=True)
        materials = MadePictures(places)
        jobs = setting.jobs([name], materials, **_training(setting, precision))
        require_done(do_runs(jobs, materials), setting.device)
        found.append(predictions(places.out))
    require(found[0] and found[0].keys() == found[1].keys(), "there are no predictions to compare")
    differing = [name for name, content in found[0].items() if content != found[1][name]]
    require(not differing, f"predictions differ in {', '.join(differing)}")


def _training(setting: Setting, precision: str) -> dict[str, Any]:
    rates = {"lr_encoder": 1e-3, "lr_new": 1e-3}
    return {"epochs": 1 if setting.tiny else 2, "batch_size": 8, "precision": precision, **rates}


def resume(setting: Setting, emit: Emit) -> None:
    """A run whose worker is killed in the middle, beside one that nobody disturbs."""
    setting = setting.checked
    attempt("killed after a checkpoint, gone on with", lambda: _killed(setting), emit)


def _killed(setting: Setting) -> None:
    """Do a run in a worker, kill the worker, and compare.

    Raises:
        CheckError: the run did not go on from its checkpoint, or to other predictions.
    """
    # As many threads in both: on a CPU they decide the order of sums.
    machine = {"deterministic": True, "checkpoint_seconds": 0.0, "threads": 1}
    whole, broken = (LocalResources(setting.places(out, **machine)) for out in ("whole", "broken"))
    # Of so many steps that the worker is killed before the last of them.
    training = {**_training(setting, "fp32"), "epochs": 4, "batch_size": 2}
    jobs = setting.jobs(["bert-crf"], whole, SMALL, **training)
    require_done(do_runs(jobs, whole), setting.device)
    killer = _Killer(broken, jobs[0].spec.identity)
    records = do_runs(jobs, broken, killer.hear, killer.employ)
    require_done(records, setting.device)
    require(killer.killed == 1, f"the worker was killed {killer.killed} times, not once")
    require(killer.lost == 1, f"{killer.lost} workers were lost, not one")
    require(records[0].resumed == 1, f"the run went on from a checkpoint {records[0].resumed} times, not once")
    same = predictions(whole.places.out) == predictions(broken.places.out)
    require(same, "the predictions are not those of the run that nobody killed")


class _Killer:
    """Kills the worker of a run once, after a few steps, when there is a checkpoint.

    Args:
        materials: of the run.
        identity: of the run.
    """

    def __init__(self, materials: LocalResources, identity: str) -> None:
        self._places, self._identity = materials.places, identity
        self._executor: Executor | None = None
        self.killed, self.lost = 0, 0

    def employ(self, listen: Listener) -> Executor:
        """One worker on the device; it sees the GPUs that we see."""
        self._executor = ProcessExecutor(replace(self._places), (None,), listen)
        return self._executor

    def hear(self, event: Event) -> None:
        """Every event of the run."""
        self.lost += isinstance(event, RunLost)
        if self.killed or self._executor is None or not isinstance(event, StepsDone) or event.steps == 0:
            return
        if (self._places.out / self._identity / CHECKPOINT).is_file():
            self.killed += 1
            self._executor.kill(self._identity)
