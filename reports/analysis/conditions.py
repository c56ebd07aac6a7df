"""Conditions of a table, which are printed with it, and warnings about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from mnerbench.benchmark.results.manifest import FEWEST_SEEDS
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.benchmark.results.scoring import Scorer
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef, RunSpec
from mnerbench.datasets.picture_texts import TextAmount
from mnerbench.datasets.probes.ceilings import Ceiling
from mnerbench.datasets.visual.lost_pictures import LostPictures
from mnerbench.reports.analysis.groups import Group
from mnerbench.reports.analysis.row_data import Row, RowState
from mnerbench.reports.analysis.rows import OWN_PICTURE
from mnerbench.reports.analysis.run_settings import run_settings
from mnerbench.reports.analysis.runs import EQUAL, Run, Series
from mnerbench.reports.analysis.table_data import Conditions
from mnerbench.reports.statistics.ttests import FEW_SEEDS
from mnerbench.reports.text.format import percent

# Defined by `benchmark/results/spec.py: TrainingSettings`, for every protocol.
SELECTION = "dev picks the epoch (conlleval F1, earliest at ties); test is scored once, with that epoch"
# States that the table says otherwise, or that have a warning of their own.
_WITHOUT_WARNING = (RowState.COMPLETE, RowState.PARTIAL, RowState.COLLAPSED, RowState.NOT_RUN)
_PACKAGES = ("mnerbench", "torch", "transformers")


def group_conditions(group: Group, scorer: Scorer) -> Conditions:
    """The conditions of a group, from its specs and finished records."""
    records = [record for series in group.series for record in series.ended(Status.DONE)]
    trained = [record for series in group.trained for record in series.ended(Status.DONE)]
    specs = [run.spec for series in group.trained for run in series.runs]
    shared, own_training = _training(group)
    first = next((run for series in group.series for run in series.runs), None)
    data = first.spec.dataset if first is not None else None
    return Conditions(
        dataset=group.dataset,
        trained_on=data.name if data is not None else "",
        tested_on=first.tested_on.name if first is not None else "",
        train_tweets=data.train_tweets if data is not None else None,
        limit_test=data.limit_test if data is not None else None,
        fingerprints=group.fingerprints,
        suites={manifest.suite: manifest.title for manifest in group.manifests},
        scorer=scorer.value,
        other_scorers=tuple(other.value for other in Scorer if other is not scorer),
        gold={reading.value: min(gold) for reading in Scorer if (gold := gold_entities(records, group.split, reading))},
        protocol=specs[0].protocol if specs else None,
        selection=SELECTION if specs else "test is scored once",
        encoder=" = ".join(group.encoders) or None,
        encoder_digest=next((encoder.digest for encoder in _encoders(specs) if not encoder.words), None),
        word_vectors=_vectors(group.trained),
        training=shared,
        own_training=own_training,
        settings={s.label: overrides for s in group.series if (overrides := run_settings(s.runs[0].spec).overrides)},
        ceilings=_ceilings(records) if group.split == "test" else (),
        inputs=_distinct(text for spec in specs for text in _inputs(spec.dataset)),
        picture_texts=_picture_texts(trained),
        policies=_policies(group.trained),
        hardware=_distinct(hardware_text(record.environment) for record in trained),
        software=_distinct(_software(record.environment) for record in trained),
        notes=_distinct(note for record in records for note in record.notes if _concerns(note, record.spec, first)),
    )


def _encoders(specs: Iterable[RunSpec]) -> Iterator[EncoderRef]:
    return (encoder for spec in specs for encoder in spec.encoders)


def _vectors(trained: Sequence[Series]) -> tuple[str, ...]:
    """Titles of word vectors, with their coverage of the splits where it was recorded."""
    coverage: dict[str, dict[str, str]] = {}
    for series in trained:
        if (vectors := series.runs[0].spec.vectors) is not None:
            shares = coverage.setdefault(vectors.title, {})
            for record in series.ended(Status.DONE)[:1]:
                shares.update({split: covered.text for split, covered in record.coverage.items()})
    return tuple(
        ", ".join([title, *(f"{split}: {text}" for split, text in shares.items())])
        for title, shares in sorted(coverage.items())
    )


def gold_entities(records: Iterable[RunRecord], split: str, scorer: Scorer) -> set[int]:
    """The distinct numbers of gold entities in test; more than one if records disagree."""
    scores = (views.get(scorer.value) for record in records for views in record.metrics.get(split, {}).values())
    return {score.overall.gold for score in scores if score is not None}


def _concerns(note: str, spec: RunSpec, run: Run | None) -> bool:
    """Whether a note, which starts with its subject, concerns the table of a run and not another transfer."""
    subject = note.partition(":")[0]
    return run is None or subject == run.tested_on.name or subject not in {other.name for other in spec.transfer}


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(filter(None, texts))))


def _inputs(data: DatasetRef) -> list[str]:
    """`captions blip2 (57646c1fd7cf)` for every input, and the policy on lost pictures unless it is the default."""
    lost = [] if data.lost_pictures is LostPictures.MASK else [f"lost pictures: {data.lost_pictures.value}"]
    # Only the digest is part of the identity: a damaged or foreign file may lack the source.
    sources = {kind: _short_source(data.sources.get(kind, "of unknown source")) for kind in data.inputs}
    return [f"{kind} {sources[kind]} ({digest[:12]})" for kind, digest in data.inputs.items()] + lost


def _short_source(source: str) -> str:
    """The file name of a path; a source with settings (`@`) is not a path and stays as it is."""
    return source if "@" in source else PurePath(source).name


def _ceilings(records: Sequence[RunRecord]) -> tuple[tuple[str, str], ...]:
    """`text alone` or the inputs, and their ceilings as text; the lowest first."""
    ceilings: dict[str, dict[str, float]] = {}
    for record in records:
        for view, ceiling in record.ceilings.items():
            inputs = "text alone" if view != OWN_PICTURE else f"text with {', '.join(record.spec.dataset.inputs)}"
            ceilings.setdefault(inputs, {})[_ceiling_text(ceiling)] = ceiling.expected
    ordered = sorted(ceilings.items(), key=lambda item: (round(min(item[1].values()), 6), item[0]))
    return tuple((f"ceiling, {inputs}", "; or ".join(texts)) for inputs, texts in ordered)


def _ceiling_text(ceiling: Ceiling) -> str:
    low, high = ceiling.interval
    wrong = f"; one that believes every picture scores {percent(ceiling.believing)} with other tweets' pictures"
    return (
        f"{percent(ceiling.expected)} expected of the best possible predictor; on this test split it scores "
        f"{percent(ceiling.realised)} [{percent(low)}, {percent(high)}]"
        + (wrong if ceiling.believing < ceiling.expected - 1e-6 else "")
    )


def _training(group: Group) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Training settings that all trained methods share, and the other ones by method."""
    settings = {
        series.label: series.runs[0].spec.training.model_dump(mode="json")
        for series in group.trained
        if series.runs[0].spec.training is not None
    }
    first = next(iter(settings.values()), {})
    shared = {
        name: value
        for name, value in first.items()
        if all(training.get(name) == value for training in settings.values())
    }
    rest = {label: {k: v for k, v in training.items() if k not in shared} for label, training in settings.items()}
    return shared, {label: training for label, training in rest.items() if training}


def _picture_texts(records: Iterable[RunRecord]) -> dict[str, TextAmount]:
    return {
        f"{kind} {_short_source(record.spec.dataset.sources.get(kind, 'of unknown source'))}": texts.amount
        for record in records
        for kind, texts in sorted(record.picture_texts.items())
    }


def _policies(trained: Sequence[Series]) -> tuple[str, ...]:
    """`stray_inside_keep 186`, with the methods where counts differ, without policies that never applied."""
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


def hardware_text(environment: Mapping[str, Any]) -> str:
    """The GPU of a run, or its processor with the number of threads; empty if neither is recorded."""
    gpu = environment.get("gpu")
    threads = environment.get("threads")
    threads_text = f", {threads} thread{'' if threads == 1 else 's'}" if threads else ""
    processor = environment.get("processor")
    return str(gpu or (f"{processor}{threads_text}" if processor else ""))


def _software(environment: Mapping[str, Any]) -> str:
    packages, commit = environment.get("packages", {}), environment.get("commit")
    versions = [f"{name} {packages[name]}" for name in _PACKAGES if name in packages]
    return ", ".join([*versions, *([f"commit {commit}"] if commit else [])])


def table_warnings(group: Group, conditions: Conditions, rows: Sequence[Row], problem: str | None) -> tuple[str, ...]:
    """What a reader has to know before relying on a number, the worst first.

    Args:
        group: the runs.
        conditions: of the runs.
        rows: of the table.
        problem: why there is no usable baseline.
    """
    warnings = [*conditions.notes, *([problem] if problem else [])]
    records = [record for series in group.series for record in series.ended(Status.DONE)]
    warnings += [
        f"records disagree on the number of gold entities in test ({scorer.value}: {sorted(gold)})"
        for scorer in Scorer
        if len(gold := gold_entities(records, group.split, scorer)) > 1
    ]
    warnings += _partial(rows) + _collapsed(rows) + _outlying(rows) + _few_seeds(rows) + _above_ceiling(rows)
    unfinished = [row for row in rows if row.state not in _WITHOUT_WARNING]
    if unfinished:
        names = ", ".join(dict.fromkeys(row.method for row in unfinished))
        warnings.append(f"not all runs are done ({names}): no rank, and what is shown of them is provisional")
    if conditions.protocol not in (None, EQUAL):
        warnings.append(f"protocol {conditions.protocol}: each method has settings of its own; see the conditions")
    for what, values in (("hardware", conditions.hardware), ("versions of the software", conditions.software)):
        if len(values) > 1:
            warnings.append(f"the runs were made on different {what}; times and scores may differ by that alone")
    return tuple(warnings)


def _above_ceiling(rows: Sequence[Row]) -> list[str]:
    """Rows clearly above their ceiling: since no predictor can know more than its inputs, the probe must leak."""
    return [
        f"{row.method} ({row.view}) is more than three standard errors above what its inputs can tell: the probe leaks"
        for row in rows
        if row.f1 is not None
        and row.ceiling is not None
        and row.f1.mean > row.ceiling.expected + 3 * row.error_at(row.ceiling.expected)
    ]


def _partial(rows: Sequence[Row]) -> list[str]:
    """Methods whose runs leave something out, by what."""
    methods: dict[str, list[str]] = {}
    for row in rows:
        if row.is_partial and not row.control:
            methods.setdefault(row.reason or "", []).append(row.method)
    return [
        f"partial runs ({', '.join(dict.fromkeys(names))}): {reason}; neither ranked nor judged; for results, run them "
        "without --limit-test and --no-diagnosis"
        for reason, names in methods.items()
    ]


def _collapsed(rows: Sequence[Row]) -> list[str]:
    """Methods with runs that predict no entity, each once."""
    collapsed = {row.title: row for row in rows if row.collapsed and not row.control}
    return [f"{title}: {_collapse_text(row)}" for title, row in collapsed.items()]


def _collapse_text(row: Row) -> str:
    remedy = "" if row.external else "; lower its learning rates, train longer, or leave it out"
    if row.silent:
        return f"all {row.done} seeds label every word O; neither ranked nor judged{remedy}"
    return f"{row.collapsed} of {row.done} seeds predict no entity; its mean and spread are of two outcomes{remedy}"


def _outlying(rows: Sequence[Row]) -> list[str]:
    """Methods of which some seeds are far below the others, each once."""
    outlying: dict[str, str] = {}
    for row in rows:
        if row.outlying_seeds and not row.control and row.method not in outlying:
            outlying[row.method] = f"{row.title} ({row.view}): {_outlying_text(row)}"
    return list(outlying.values())


def _outlying_text(row: Row) -> str:
    low = ", ".join(f"seed {seed} ({percent(row.by_seed[seed])})" for seed in row.outlying_seeds)
    rest = [score for seed, score in row.by_seed.items() if seed not in row.outlying_seeds]
    others = f"{percent(min(rest))} to {percent(max(rest))}"
    return f"{low} far below the others ({others}); the mean and its spread are of two outcomes"


def _few_seeds(rows: Sequence[Row]) -> list[str]:
    trained = [row for row in rows if row.f1 is not None and not row.deterministic]
    fewest = min((row.done for row in trained), default=FEW_SEEDS)
    if fewest >= FEW_SEEDS:
        return []
    refused = f"; nothing is concluded from fewer than {FEWEST_SEEDS}" if fewest < FEWEST_SEEDS else ""
    return [f"fewer than {FEW_SEEDS} seeds (down to {fewest}): differences, p-values and verdicts are hints{refused}"]
