"""A results folder and a store of features, copied whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from seed_writers.saving import PREPARED, TESTS, save


def results() -> None:
    """A results folder with two runs, what they were scored on, a suite and a search; `prepared/` is copied whole."""
    from mnerbench.benchmark.results.store import RunStore
    from mnerbench.reports.load import load_results

    source, folder = TESTS / "reports" / "small", PREPARED / "results"
    for name in ("72f9c729676f88ad", "f3a60c13eb733fb7", "01e27224bb02737d", "suites"):
        shutil.copytree(source / name, folder / name)
    (folder / "splits").mkdir()
    for path in source.glob("splits/*.json"):
        if ".test." in path.name and path.name.startswith("tiny"):
            shutil.copy(path, folder / "splits" / path.name)
    load_results(RunStore(folder), (), None, lambda _: {})  # counts what predictions hold
    run = folder / "f3a60c13eb733fb7"
    attention(run / "attention" / "test.it.safetensors")
    searches(folder / "tuning" / "mini")


def attention(path: Path) -> None:
    from safetensors.numpy import save_file

    path.parent.mkdir(parents=True)
    weights = np.full((9, 4), 0.25, np.float32)
    save_file({"0 weights": weights, "0 boxes": np.zeros((4, 4), np.float32), "0 size": np.array([64, 48])}, path)


def searches(folder: Path) -> None:
    from mnerbench.benchmark.results.search_results import SearchResult, TrialResult, save_results
    from mnerbench.benchmark.tuning.storage import open_storage
    from mnerbench.benchmark.tuning.study import Search
    from mnerbench.methods.base.search_space import Range

    space = {"a": Range(0.0, 1.0)}
    search = Search("s", open_storage(None, folder), space, budget=6, seed=0, owner="me")
    search.begin_with({"a": 0.5})
    trials = []
    for number in range(3):
        trial, values = search.ask()
        trial.report(values["a"], 1)
        if number < 2:
            search.study.tell(trial, values["a"])
            result = {"state": "complete", "value": values["a"], "values": values, "curve": ((1, values["a"]),)}
            trials.append(TrialResult(number=number, seconds=1.0, **result))
    described = {key: str(where) for key, where in space.items()}
    search_result = SearchResult(
        method="bert-crf", dataset="tiny", budget=4, space=described, trials=tuple(trials), importance={"a": 1.0}
    )
    save_results(folder, "mini", [search_result])


def store() -> None:
    from mnerbench.datasets.visual.store.store import FeatureStore, Field, Row

    folder = PREPARED / "store"
    feature_store = FeatureStore(folder, [Field("boxes", (-1, 4), "float32"), Field("grid", (3, 2), "float16")])
    with feature_store.writing({"family": "f"}) as writer:
        for number in range(3):
            arrays = {"boxes": np.ones((number, 4), np.float32), "grid": np.ones((3, 2), np.float16)}
            writer.write({f"key{number}": Row(arrays, {"size": [64, 48], "texts": ["x"]})})
        writer.write({"bad": "cannot be decoded"})
    (folder / ".lock").unlink(missing_ok=True)


def running() -> None:
    """The state of a run in progress, on another machine."""
    from mnerbench.benchmark.results.running_file import RUNNING, RunningFile

    state = RunningFile(
        host="node7",
        owner="node1",
        pid=4711,
        earlier="2026-01-01T00:00:00+00:00",
        begun=1.77e9 - 90,
        updated=1.77e9,
        training_since=1.77e9 - 60,
        steps=100,
        first=20,
        step=45,
        dev_f1=0.5,
    )
    save("running", RUNNING, state.model_dump_json(indent=1))
