"""Grouping of runs into tables of comparable runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mnerbench.benchmark.results.manifest import NotRun, SuiteManifest
from mnerbench.benchmark.results.spec import EncoderRef, RunSpec, encoder_labels
from mnerbench.reports.analysis.runs import EQUAL, Run, Series, as_text, series_of


@dataclass(frozen=True)
class Group:
    """Comparable series: same data, encoder, protocol and, under `equal`, training settings.

    Methods over word vectors, which have no text encoder, belong to the groups of every encoder.

    Attributes:
        dataset, fingerprints: name of the data in tables, and sha256 by split.
        split: the test split, as named in records.
        series: finished and planned runs.
        manifests: of the suites that planned the runs.
        not_run: methods that could not be run when they were last planned; some of their seeds may be among `series`.
        labels: distinct names of text encoders, where several encoders have the same name.
    """

    dataset: str
    fingerprints: Mapping[str, str]
    split: str
    series: tuple[Series, ...]
    manifests: tuple[SuiteManifest, ...]
    not_run: Mapping[str, NotRun] = field(default_factory=dict)
    labels: Mapping[EncoderRef, str] = field(default_factory=dict)

    @property
    def encoders(self) -> list[str]:
        """Names under which the encoder was planned, with its digest where another encoder has the same name."""
        refs = (run.spec.encoder for series in self.series for run in series.runs)
        return sorted({self.labels.get(ref, ref.name) for ref in refs if ref is not None and not ref.words})

    @property
    def trained(self) -> list[Series]:
        """Series of methods that this package trained."""
        return [series for series in self.series if series.runs[0].spec.training is not None]


def _data_key(run: Run) -> tuple[str, str]:
    return run.data, as_text(run.fingerprints)


def _training_key(spec: RunSpec) -> tuple[str, ...]:
    """Shared conditions of trained runs; the digest of the encoder, since a path and a name may be the same files."""
    encoder = spec.encoder.digest if spec.encoder is not None and not spec.encoder.words else ""
    shared = spec.training is not None and spec.protocol == EQUAL
    training = as_text(spec.training.model_dump(mode="json")) if shared and spec.training is not None else ""
    return encoder, spec.protocol, training


def group_runs(runs: Sequence[Run], manifests: Sequence[SuiteManifest]) -> list[Group]:
    """Group runs by table. Count-based methods and predictions from files join every group of their data."""
    shared_runs = [run for run in runs if _joins_all_groups(run)]
    members: dict[tuple[str, ...], list[Run]] = {}
    for run in runs:
        if not _joins_all_groups(run):
            members.setdefault((*_data_key(run), *_training_key(run.spec)), []).append(run)
    word_vector_runs = _word_vector_runs(members)
    with_trained = {key[:2] for key in members}
    for run in shared_runs:
        if _data_key(run) not in with_trained:
            members.setdefault(_data_key(run), []).append(run)
    labels = encoder_labels(run.spec.encoder for run in runs if run.spec.encoder is not None)
    groups = []
    for key in sorted(members):
        group_members = members[key]
        over_words = word_vector_runs.get(key, [])
        all_runs = group_members
        if not _joins_all_groups(group_members[0]):
            all_runs = group_members + [run for run in shared_runs if _data_key(run) == key[:2]] + over_words
        groups.append(replace(_group(group_members + over_words, all_runs, manifests), labels=labels))
    return _with_not_run(groups, manifests)


def _word_vector_runs(members: dict[tuple[str, ...], list[Run]]) -> dict[tuple[str, ...], list[Run]]:
    """Move runs over word vectors from `members` to the groups over encoders with the same data and training.

    Runs without such a group stay in `members`.
    """
    moved: dict[tuple[str, ...], list[Run]] = {}
    for key in [key for key in members if not key[2]]:
        others = [other for other in members if other[2] and (other[:2], other[3:]) == (key[:2], key[3:])]
        if others:
            runs = members.pop(key)
            for other in others:
                moved.setdefault(other, []).extend(runs)
    return moved


def _joins_all_groups(run: Run) -> bool:
    """Whether the conditions of training are irrelevant or unknown."""
    return run.spec.is_untrained or run.external


def _group(members: list[Run], all_runs: list[Run], manifests: Sequence[SuiteManifest]) -> Group:
    first = members[0]
    suites = frozenset[str]().union(*(run.suites for run in members))
    planned = sorted((manifest for manifest in manifests if manifest.suite in suites), key=lambda m: m.suite)
    return Group(first.data, first.fingerprints, first.split, tuple(series_of(all_runs)), tuple(planned))


def _with_not_run(groups: list[Group], manifests: Sequence[SuiteManifest]) -> list[Group]:
    """Add methods that could not be planned to the groups of their suite and data, or to a separate group."""
    separate: dict[str, Group] = {}
    for manifest in sorted(manifests, key=lambda manifest: manifest.suite):
        for name, not_run in sorted(manifest.not_run.items()):
            method, _, dataset = name.rpartition(" on ")
            indices = [n for n, group in enumerate(groups) if group.dataset == dataset and manifest in group.manifests]
            for index in indices:
                groups[index] = _add_not_run(groups[index], method, not_run)
            if not indices:
                empty = separate.get(dataset, Group(dataset, {}, "test", (), ()))
                separate[dataset] = replace(
                    _add_not_run(empty, method, not_run), manifests=(*empty.manifests, manifest)
                )
    return sorted([*groups, *separate.values()], key=lambda group: (group.dataset, group.encoders))


def _add_not_run(group: Group, method: str, not_run: NotRun) -> Group:
    return replace(group, not_run={**group.not_run, method: not_run})
