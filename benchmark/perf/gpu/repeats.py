"""Checks `--deterministic`: a repeated run, and one that is killed and resumed, give the same predictions."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from mnerbench.benchmark.execution.executors.base import Executor
from mnerbench.benchmark.execution.executors.processes import ProcessExecutor
from mnerbench.benchmark.perf.gpu.outcomes import Emit, attempt, require
from mnerbench.benchmark.perf.gpu.runs import NoisePictures, do_runs, predictions, require_done
from mnerbench.benchmark.perf.gpu.setting import SMALL, Setting
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.results.store import CHECKPOINT
from mnerbench.benchmark.training.events import Event, Listener, RunLost, StepsDone

# Over words and over subwords; with LSTMs, a graph of regions, swapped pairs, posteriors of two views.
_METHODS = ("bert-crf", "hbilstm-crf", "umt", "maf", "hamlearning", "ita-all+cva")
_REHEARSED = ("bert-crf", "umt")


def repeats(setting: Setting, emit: Emit) -> None:
    """Run each method twice, in fp32 and in bf16."""
    setting = setting.checked
    for precision in ("bf16",) if setting.tiny else ("fp32", "bf16"):
        for name in _REHEARSED if setting.tiny else _METHODS:
            attempt(f"{name}, {precision}", partial(_twice, setting, name, precision), emit)


def _twice(setting: Setting, name: str, precision: str) -> None:
    """Repeat a run.

    Raises:
        CheckError: a run is not done, or predictions differ.
    """
    files = []
    for number in (1, 2):
        paths = setting.paths(f"{name}-{precision}-{number}", deterministic=True)
        resources = NoisePictures(paths)
        jobs = setting.jobs([name], resources, **_training(setting, precision))
        require_done(do_runs(jobs, resources), setting.device)
        files.append(predictions(paths.out))
    first, second = files
    require(first and first.keys() == second.keys(), "there are no predictions to compare")
    differing = [name for name, content in first.items() if content != second[name]]
    require(not differing, f"predictions differ in {', '.join(differing)}")


def _training(setting: Setting, precision: str) -> dict[str, Any]:
    rates = {"lr_encoder": 1e-3, "lr_new": 1e-3}
    return {"epochs": 1 if setting.tiny else 2, "batch_size": 8, "precision": precision, **rates}


def resume(setting: Setting, emit: Emit) -> None:
    """Compare a run whose worker is killed midway with an undisturbed one."""
    setting = setting.checked
    attempt("killed after a checkpoint and resumed", lambda: _killed(setting), emit)


def _killed(setting: Setting) -> None:
    """Run in a worker, kill it, and compare predictions.

    Raises:
        CheckError: the run did not resume from its checkpoint, or predictions differ.
    """
    # The same number of threads in both runs: on a CPU it determines the order of sums.
    machine = {"deterministic": True, "checkpoint_seconds": 0.0, "threads": 1}
    whole, broken = (LocalResources(setting.paths(out, **machine)) for out in ("whole", "broken"))
    # Enough steps for the worker to be killed before the last one.
    training = {**_training(setting, "fp32"), "epochs": 4, "batch_size": 2}
    jobs = setting.jobs(["bert-crf"], whole, SMALL, **training)
    require_done(do_runs(jobs, whole), setting.device)
    killer = _Killer(broken, jobs[0].spec.identity)
    records = do_runs(jobs, broken, killer.on_event, killer.make_executor)
    require_done(records, setting.device)
    require(killer.killed == 1, f"the worker was killed {killer.killed} times, not once")
    require(killer.lost == 1, f"{killer.lost} workers were lost, not one")
    require(records[0].resumed == 1, f"the run resumed from a checkpoint {records[0].resumed} times, not once")
    same = predictions(whole.paths.out) == predictions(broken.paths.out)
    require(same, "the predictions differ from those of the undisturbed run")


class _Killer:
    """Kills the worker of a run once, after its first checkpoint.

    Args:
        resources: resources of the run.
        identity: identity of the run.
    """

    def __init__(self, resources: LocalResources, identity: str) -> None:
        self._paths, self._identity = resources.paths, identity
        self._executor: Executor | None = None
        self.killed, self.lost = 0, 0

    def make_executor(self, listen: Listener) -> Executor:
        """A single worker, which sees the same GPUs as this process."""
        self._executor = ProcessExecutor(replace(self._paths), (None,), listen)
        return self._executor

    def on_event(self, event: Event) -> None:
        """Handle an event of the run."""
        self.lost += isinstance(event, RunLost)
        if self.killed or self._executor is None or not isinstance(event, StepsDone) or event.steps == 0:
            return
        if (self._paths.out / self._identity / CHECKPOINT).is_file():
            self.killed += 1
            self._executor.kill(self._identity)
