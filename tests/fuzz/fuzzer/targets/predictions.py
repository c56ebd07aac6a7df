"""Prediction files of others, read and kept as `benchmark score` does."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fuzzer.special import put
from fuzzer.targets.target import FIXTURES, Target
from fuzzer.targets.texts import tiny
from mnerbench.benchmark.external.alignment import align_file
from mnerbench.benchmark.external.plausibility import check_plausible
from mnerbench.benchmark.external.predicted import ReadingOptions, Reference
from mnerbench.benchmark.external.record import external_spec, keep_external
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.environment import environment
from mnerbench.benchmark.results.spec import DatasetRef
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.visual.lost_pictures import LostPictures


@cache
def _reference() -> tuple[Reference, DatasetRef]:
    corpus, card = tiny()
    nowhere = FIXTURES / "nowhere"
    resources = LocalResources(RunPaths(FIXTURES, None, nowhere, nowhere))
    reference = Reference(corpus["test"], card.types, card.label_map)
    return reference, resources.dataset_ref("tiny", (), {}, LostPictures.MASK)


def _predictions(data: bytes, work: Path) -> None:
    reference, ref = _reference()
    test = tiny()[0]["test"]
    path = put(work / "predictions", data)
    alignment = align_file(path, reference, ReadingOptions())
    check_plausible([(path, alignment)], test, allow_gold=True)
    store = RunStore(work / "out")
    record = keep_external(store, external_spec("theirs", ref, 0), (path, alignment), test, "it")
    assert store.record(record.identity) == record
    assert len(store.predictions(record.identity, "test", "it")) == len(test)


environment("cpu")  # asks git for the version, once
TARGETS = [Target("predictions", _predictions, weight=25)]
