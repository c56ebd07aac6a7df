"""A results folder made from given predictions: labels per method and tweet; scores are computed from them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mnerbench.benchmark.results.manifest import NotRun, SuiteManifest
from mnerbench.benchmark.results.predictions import pair_up, score_all
from mnerbench.benchmark.results.record import EpochPoint, RunRecord, Status
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef, RunSpec, TrainingSettings
from mnerbench.benchmark.results.split_metadata import ScoredSplit, ScoredTweet, save_split, split_path
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.corpus import Example, fingerprint

Labels = Sequence[str]


def write_answers(
    root: Path,
    tweets: Sequence[tuple[ScoredTweet, Labels]],
    answers: Mapping[str, Mapping[str, Sequence[Sequence[Labels]]]],
    *,
    dataset: str = "made",
    note: str | None = None,
    not_run: Mapping[str, str] | None = None,
    planned_seeds: int | None = None,
) -> RunStore:
    """Write records, predictions, the description of the split and a suite manifest.

    Args:
        root: the results folder.
        tweets: the test tweets, each with its gold labels.
        answers: by method and view, for each seed the labels of every tweet. The first method is the baseline.
        dataset: name of the dataset.
        note: a note for every record.
        not_run: reason by method that did not run.
        planned_seeds: number of seeds of the suite; those without predictions are missing. [default: those given]
    """
    store = RunStore(root)
    examples = [Example(tweet.id, tweet.words, tuple(gold), tweet.image_id) for tweet, gold in tweets]
    prints = {"train": "1" * 64, "valid": "2" * 64, "test": fingerprint(examples)}
    data = DatasetRef(name=dataset, fingerprints=prints, types=("LOC", "PER"))
    specs = []
    for method, views in answers.items():
        seeds = len(next(iter(views.values())))
        for seed in range(max(seeds, planned_seeds or 0)):
            specs.append(_spec(method, seed, data))
            if seed < seeds:
                _write(store, specs[-1], examples, {view: labels[seed] for view, labels in views.items()}, note)
    description = ScoredSplit(
        trained_on=dataset,
        tested_on=dataset,
        split="test",
        fingerprint=prints["test"],
        train_fingerprint=prints["train"],
        train_size=1,
        tweets=tuple(tweet for tweet, _ in tweets),
        train_entities=((0, ("Rob",), "PER"),),
    )
    save_split(split_path(root, data, data, "test"), description)
    lacking = {f"{name} on {dataset}": NotRun(reason=why, seeds=(0,)) for name, why in (not_run or {}).items()}
    runs = {spec.identity: spec for spec in specs}
    grid = SuiteManifest(suite="made", title="A made suite", baseline=next(iter(answers)), runs=runs, not_run=lacking)
    (root / "suites").mkdir(parents=True, exist_ok=True)
    (root / "suites" / "made.json").write_text(grid.model_dump_json(), encoding="utf-8")
    return store


def _spec(method: str, seed: int, data: DatasetRef) -> RunSpec:
    encoder, training = EncoderRef(name="bert-base", digest="e" * 64), TrainingSettings(epochs=2)
    return RunSpec(
        method=method,
        family=method,
        config={},
        dataset=data,
        encoder=encoder,
        training=training,
        protocol="equal",
        seed=seed,
    )


def _write(
    store: RunStore, spec: RunSpec, examples: Sequence[Example], views: Mapping[str, Sequence[Labels]], note: str | None
) -> None:
    scores = {}
    for view, labels in views.items():
        predictions = list(pair_up(examples, labels))
        store.save_predictions(spec.identity, "test", view, predictions)
        scores[view] = score_all(predictions)
    curve = tuple(
        EpochPoint(epoch=n, loss=1.0, losses={}, dev_f1=0.3 * n + 0.01 * spec.seed, train_seconds=9, dev_seconds=1)
        for n in (1, 2)
    )
    record = RunRecord(
        identity=spec.identity,
        spec=spec,
        status=Status.DONE,
        started=f"2025-03-0{spec.seed + 1}T08:30:00+00:00",
        seconds=10.0,
        metrics={"test": scores},
        primary_view=next(iter(views)),
        curve=curve,
        parameters={"total": 1_000},
        notes=(note,) if note is not None else (),
    )
    store.save_record(record)
