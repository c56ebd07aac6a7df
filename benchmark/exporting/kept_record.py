"""What the results folder of a kept tagger says about it: its run, the other seeds, the splits, the cards."""

from __future__ import annotations

from pathlib import Path

from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.record import Status
from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.benchmark.results.stats_store import PredictionStatsStore
from mnerbench.benchmark.results.store import TAGGER, RunStore
from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.catalog import load_card
from mnerbench.datasets.errors import MissingInputError, MnerbenchError, StoreError
from mnerbench.datasets.untrusted.files import named
from mnerbench.methods.registry import methods
from mnerbench.reports.analysis.kept_run import KeptRun, MethodCard, summarise


def kept_run(tagger: Path, spec: RunSpec, paths: RunPaths) -> KeptRun:
    """Read the record of a kept tagger, and those of the other seeds.

    Args:
        tagger: the tagger's folder, in that of its run, in a results folder.
        spec: of its run.
        paths: folders of this machine.

    Raises:
        MissingInputError: the tagger is not in the folder of its run, or the run is not finished.
        StoreError: its record is damaged, or its scores do not follow from its predictions.
    """
    folder = tagger.resolve().parent
    if tagger.name != TAGGER or folder.name != spec.identity:
        reason = f"{named(tagger)}: a tagger outside of its run, whose record the model card is made from"
        raise MissingInputError(f"{reason}\n  -> name the run in the results folder where it was trained")
    store = RunStore(folder.parent)
    record = store.record(spec.identity)
    if record is None and (damage := store.damage.of(spec.identity)) is not None:
        raise StoreError(damage.text)
    if record is None or record.status is not Status.DONE:
        raise MissingInputError(f"{named(folder)}: the run is not finished\n  -> finish it: benchmark run")
    if record.spec.content != spec.content:
        raise StoreError(f"{named(tagger)}: not the tagger of this record\n  -> benchmark run --rerun all")
    facts = summarise(record, list(store.records()), PredictionStatsStore(store), _cards(record.spec, paths), _of(spec))
    if spec.identity in store.damage.excluded and (damage := store.damage.of(spec.identity)) is not None:
        raise StoreError(damage.text)
    return facts


def _cards(spec: RunSpec, paths: RunPaths) -> dict[str, DatasetCard]:
    """Cards of the datasets of a run, as far as they are here and valid."""
    cards = {}
    for name in {ref.name for ref in spec.datasets}:
        try:
            cards[name] = load_card(name, paths.data)
        except MnerbenchError:
            continue
    return cards


def _of(spec: RunSpec) -> MethodCard:
    family = methods().family(spec.family)
    variant = family.variants.get(spec.method)
    return MethodCard(family.citation, variant.summary if variant is not None else "", family.deviations)
