"""What has to be printed with a table, and what has to be warned about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.scoring import Scorer
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef, RunSpec
from mnerbench.datasets.probes.ceilings import Ceiling
from mnerbench.datasets.visual.pictures import LostPictures
from mnerbench.reports.analysis.groups import Group
from mnerbench.reports.analysis.row_data import Row, RowState
from mnerbench.reports.analysis.rows import OWN_PICTURE
from mnerbench.reports.analysis.runs import EQUAL, Run, Series
from mnerbench.reports.analysis.table_data import Conditions
from mnerbench.reports.statistics.ttests import FEW_SEEDS, FEWEST_SEEDS
from mnerbench.reports.text.format import percent

# As `benchmark/results/spec.py: TrainingSettings` defines it, for every protocol.
SELECTION = "dev picks the epoch (conlleval F1, earliest at ties); test is scored once, with that epoch"
_PACKAGES = ("mnerbench", "torch", "transformers")


def conditions(group: Group, scorer: Scorer) -> Conditions:
    """The conditions of a group, read from its specs and from the records that are done."""
    records = [record for series in group.series for record in series.ended(Status.DONE)]
    trained = [record for series in group.trained for record in series.ended(Status.DONE)]
    specs = [run.spec for series in group.trained for run in series.runs]
    shared, own = _training(group)
    first = next((run for series in group.series for run in series.runs), None)
    data = first.spec.dataset if first is not None else None
    return Conditions(
        dataset=group.dataset,
        trained_on=data.name if data is not None else "",
        tested_on=first.tested_on.name if first is not None else "",
        train_tweets=data.train_tweets if data is not None else None,
        fingerprints=group.fingerprints,
        suites={grid.suite: grid.title for grid in group.grids},
        scorer=scorer.value,
        other_scorers=tuple(other.value for other in Scorer if other is not scorer),
        gold={one.value: min(found) for one in Scorer if (found := gold_entities(records, group.split, one))},
        protocol=specs[0].protocol if specs else None,
        selection=SELECTION if specs else "test is scored once",
        encoder=" = ".join(group.encoders) or None,
        encoder_digest=next((one.digest for one in _encoders(specs) if not one.words), None),
        word_vectors=_vectors(group.trained),
        training=shared,
        own_training=own,
        settings={one.label: changed for one in group.series if (changed := _overrides(one.runs[0].spec))},
        ceilings=_ceilings(records) if group.split == "test" else (),
        inputs=_distinct(text for spec in specs for text in _inputs(spec.dataset)),
        policies=_policies(group.trained),
        hardware=_distinct(_hardware(record.environment) for record in trained),
        software=_distinct(_software(record.environment) for record in trained),
        notes=_distinct(note for record in records for note in record.notes if _concerns(note, record.spec, first)),
    )


def _encoders(specs: Iterable[RunSpec]) -> Iterator[EncoderRef]:
    return (spec.encoder for spec in specs if spec.encoder is not None)


def _vectors(trained: Sequence[Series]) -> tuple[str, ...]:
    """Where vectors of words come from, and of how many words a file has some; of text encoders nothing."""
    found: dict[str, dict[str, str]] = {}
    for series in trained:
        known = series.runs[0].spec.encoder
        if known is not None and known.words:
            shares = found.setdefault(known.title, {})
            for record in series.ended(Status.DONE)[:1]:
                shares.update({split: one.text for split, one in record.coverage.items()})
    return tuple(
        ", ".join([title, *(f"{split}: {text}" for split, text in shares.items())])
        for title, shares in sorted(found.items())
    )


def gold_entities(records: Iterable[RunRecord], split: str, scorer: Scorer) -> set[int]:
    """Numbers of gold entities in test; more than one means that records disagree."""
    found = (views.get(scorer.value) for record in records for views in record.metrics.get(split, {}).values())
    return {one.overall.gold for one in found if one is not None}


def _concerns(note: str, spec: RunSpec, run: Run | None) -> bool:
    """Whether a note, which begins with what it is about, is of this table: not when it is of another transfer."""
    about = note.partition(":")[0]
    return run is None or about == run.tested_on.name or about not in {other.name for other in spec.transfer}


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(filter(None, texts))))


def _inputs(data: DatasetRef) -> list[str]:
    """`captions blip2 (57646c1fd7cf)`, and the policy about lost pictures where any input is made from pictures."""
    lost = [] if data.lost_pictures is LostPictures.MASK else [f"lost pictures: {data.lost_pictures.value}"]
    return [f"{kind} {_shown(data.sources[kind])} ({digest[:12]})" for kind, digest in data.inputs.items()] + lost


def _shown(source: str) -> str:
    """A source without the folders of a path, which say nothing to a reader elsewhere; settings stay as they are."""
    return source if "@" in source else PurePath(source).name


def _ceilings(records: Sequence[RunRecord]) -> tuple[tuple[str, str], ...]:
    """`text alone` or the inputs, and the ceiling in words; the lowest first. Two of one name both stand there."""
    found: dict[str, dict[str, float]] = {}
    for record in records:
        for view, known in record.ceilings.items():
            what = "text alone" if view != OWN_PICTURE else f"text with {', '.join(record.spec.dataset.inputs)}"
            found.setdefault(what, {})[_in_words(known)] = known.expected
    ordered = sorted(found.items(), key=lambda item: (round(min(item[1].values()), 6), item[0]))
    return tuple((f"ceiling, {what}", "; or ".join(several)) for what, several in ordered)


def _in_words(known: Ceiling) -> str:
    low, high = known.interval
    wrong = f"; one that believes every picture scores {percent(known.believing)} with other tweets' pictures"
    return (
        f"{percent(known.expected)} expected of the best possible predictor; on this test split it scores "
        f"{percent(known.realised)} [{percent(low)}, {percent(high)}]"
        + (wrong if known.believing < known.expected - 1e-6 else "")
    )


def _overrides(spec: RunSpec) -> dict[str, Any]:
    """What was set otherwise than the method has it, and the share of pictures that training did not see."""
    hidden = spec.dataset.hidden_pictures
    return {**spec.overrides, **({"hidden pictures": hidden} if hidden else {})}


def _training(group: Group) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Settings on which all trained methods agree, and per method the ones that are its own."""
    settings = {
        series.label: series.runs[0].spec.training.model_dump(mode="json")
        for series in group.trained
        if series.runs[0].spec.training is not None
    }
    first = next(iter(settings.values()), {})
    shared = {name: value for name, value in first.items() if all(one.get(name) == value for one in settings.values())}
    own = {label: {k: v for k, v in one.items() if k not in shared} for label, one in settings.items()}
    return shared, {label: one for label, one in own.items() if one}


def _policies(trained: Sequence[Series]) -> tuple[str, ...]:
    """`stray_inside_keep 186`; with names where methods differ; without those that never applied."""
    counts: dict[str, dict[int, list[str]]] = {}
    for series in trained:
        for record in series.ended(Status.DONE)[:1]:
            for policy, count in record.policies.items():
                counts.setdefault(policy, {}).setdefault(count, []).append(series.label)
    lines = []
    for policy, by_count in sorted(counts.items()):
        everywhere = len(by_count) == 1 and sum(map(len, by_count.values())) == len(trained)
        parts = [f"{n:,}" + ("" if everywhere else f" ({', '.join(who)})") for n, who in sorted(by_count.items()) if n]
        lines += [f"{policy} {', '.join(parts)}"] if parts else []
    return tuple(lines)


def _hardware(environment: Mapping[str, Any]) -> str:
    gpu = environment.get("gpu")
    threads = environment.get("threads")
    counted = f", {threads} thread{'' if threads == 1 else 's'}" if threads else ""
    return str(gpu) if gpu else f"{environment.get('processor', '')}{counted}"


def _software(environment: Mapping[str, Any]) -> str:
    packages, commit = environment.get("packages", {}), environment.get("commit")
    versions = [f"{name} {packages[name]}" for name in _PACKAGES if name in packages]
    return ", ".join([*versions, *([f"commit {commit}"] if commit else [])])


def warnings(group: Group, known: Conditions, rows: Sequence[Row], problem: str | None) -> tuple[str, ...]:
    """What a reader has to know before believing a number, the worst first.

    Args:
        group: the runs.
        known: their conditions.
        rows: of the table.
        problem: why there is no usable baseline.
    """
    found = [*known.notes, *([problem] if problem else [])]
    records = [record for series in group.series for record in series.ended(Status.DONE)]
    found += [
        f"records disagree on the number of gold entities in test ({one.value}: {sorted(gold)})"
        for one in Scorer
        if len(gold := gold_entities(records, group.split, one)) > 1
    ]
    found += _collapsed(rows) + _few(rows) + _beyond(rows)
    unfinished = [row for row in rows if row.state not in (RowState.COMPLETE, RowState.COLLAPSED, RowState.NOT_RUN)]
    if unfinished:
        names = ", ".join(dict.fromkeys(row.method for row in unfinished))
        found.append(f"not all runs are done ({names}): no rank, and what is shown of them is provisional")
    if known.protocol not in (None, EQUAL):
        found.append(f"protocol {known.protocol}: each method has settings of its own; see the conditions")
    for what, several in (("hardware", known.hardware), ("versions of the software", known.software)):
        if len(several) > 1:
            found.append(f"the runs were made on different {what}; times and scores may differ by that alone")
    return tuple(found)


def _beyond(rows: Sequence[Row]) -> list[str]:
    """Nobody can tell what an input does not hold: a score clearly above its ceiling means that something leaks."""
    return [
        f"{row.method} ({row.view}) is more than three standard errors above what its inputs can tell: the probe leaks"
        for row in rows
        if row.f1 is not None
        and row.ceiling is not None
        and row.f1.mean > row.ceiling.expected + 3 * row.error_at(row.ceiling.expected)
    ]


def _collapsed(rows: Sequence[Row]) -> list[str]:
    """Methods of which runs predict no entity, each once."""
    found = {row.title: row for row in rows if row.collapsed and not row.control}
    return [f"{title}: {_how_collapsed(row)}" for title, row in found.items()]


def _how_collapsed(row: Row) -> str:
    remedy = "" if row.external else "; lower its learning rates, train longer, or leave it out"
    if row.silent:
        return f"all {row.done} seeds label every word O; neither ranked nor judged{remedy}"
    return f"{row.collapsed} of {row.done} seeds predict no entity; its mean and spread are of two outcomes{remedy}"


def _few(rows: Sequence[Row]) -> list[str]:
    trained = [row for row in rows if row.f1 is not None and not row.deterministic]
    fewest = min((row.done for row in trained), default=FEW_SEEDS)
    if fewest >= FEW_SEEDS:
        return []
    refused = f"; nothing is concluded from fewer than {FEWEST_SEEDS}" if fewest < FEWEST_SEEDS else ""
    return [f"fewer than {FEW_SEEDS} seeds (down to {fewest}): differences, p-values and verdicts are hints{refused}"]
