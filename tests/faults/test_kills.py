"""SIGKILL at random moments: every run is executed once and gives the same predictions, byte for byte."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter

import pytest

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("MNERBENCH_KILLS", "100"))
SEED = int(os.environ.get("MNERBENCH_KILL_SEED", "0"))


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def test_kills_at_random_moments_lose_no_run_and_repeat_none(command_line, workers_of, summarise):
    calm, hit = command_line(within="calm", seeds=6, epochs=60), command_line(within="hit", seeds=6, epochs=60)
    calm.run("--workers", 2)
    rng, kills, moments = random.Random(SEED), Counter(), Counter()
    while kills.total() < KILLS:
        process = hit.start("--workers", 2, "--checkpoint-every", 0)
        log = hit.log
        mode = rng.choice(["orchestrator", "worker", "both"])
        time.sleep(rng.uniform(0.0, 12.0))
        workers = workers_of(process.pid)
        if mode == "worker" and workers:
            kills["worker"] += kill(rng.choice(workers))
            time.sleep(rng.uniform(0.0, 4.0))
        elif mode == "both":
            kills["worker"] += sum(map(kill, workers))
        ended = process.poll() is not None
        kills["orchestrator"] += 0 if ended else kill(process.pid)
        process.wait()
        text = log.read_text(encoding="utf-8", errors="replace")
        assert process.returncode in {-signal.SIGKILL, 0}, text[-3000:]
        moments["over" if ended else "working" if "epoch" in text else "starting"] += 1
        if len(hit.records()) == len(calm.records()):
            break
    early = kills.total()
    hit.run("--workers", 2)
    summarise(
        f"{kills.total()} SIGKILLs ({kills['orchestrator']} orchestrators, {kills['worker']} workers; seed {SEED}), "
        f"{moments.total()} starts ({', '.join(f'{count} killed while {when}' for when, count in moments.items())}): "
        f"{len(hit.records())} of {len(calm.records())} runs done once, "
        f"{len(hit.predictions())} prediction files identical byte for byte"
    )
    assert hit.records().keys() == calm.records().keys()
    assert {record["status"] for record in hit.records().values()} == {"done"}
    assert hit.predictions() == calm.predictions()
    assert not hit.left_over()
    assert early >= KILLS, "the grid was done before it was killed often enough: give it more runs"
    resumed = sum(record["resumed"] for record in hit.records().values())
    summarise(f"  resumed checkpoints: {resumed}")
    hit.run(verb="sync")
    assert logged_once(hit)


def logged_once(grid):
    """Whether MLflow has every record exactly once, and no other."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{(grid.out / 'mlflow.db').resolve()}")
    experiment = client.get_experiment_by_name("mnerbench")
    runs = client.search_runs([experiment.experiment_id], max_results=10_000)
    logged = Counter(run.data.tags.get("mnerbench.record") for run in runs if "mnerbench.identity" in run.data.tags)
    parents = [run for run in runs if "mnerbench.suite" in run.data.tags]
    expected = {f"{identity}@{record['started']}" for identity, record in grid.records().items()}
    return logged == Counter(expected) and len(parents) == 1
