"""Which runs may stand in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mnerbench.benchmark.results.manifest import NotRun, SuiteManifest
from mnerbench.benchmark.results.spec import EncoderRef, RunSpec, encoder_labels
from mnerbench.reports.analysis.runs import EQUAL, Run, Series, as_text, series_of


@dataclass(frozen=True)
class Group:
    """Series that may be compared: same data, encoder, protocol and, under `equal`, training settings.

    Methods over vectors of words, which have no text encoder, stand beside those of every encoder.

    Attributes:
        dataset, fingerprints: what tables call the data, and sha256 by split.
        split: the test split, as records call it.
        series: what was run or is to be.
        grids: of the suites that asked for them.
        not_run: by method, what could not be run when it was last asked for; some of its seeds may be among `series`.
        labels: what text encoders are called, where a name alone would be that of several.
    """

    dataset: str
    fingerprints: Mapping[str, str]
    split: str
    series: tuple[Series, ...]
    grids: tuple[SuiteManifest, ...]
    not_run: Mapping[str, NotRun] = field(default_factory=dict)
    labels: Mapping[EncoderRef, str] = field(default_factory=dict)

    @property
    def encoders(self) -> list[str]:
        """Names under which the encoder was asked for; with its digest where another encoder has the same name."""
        known = (run.spec.encoder for one in self.series for run in one.runs)
        return sorted({self.labels.get(ref, ref.name) for ref in known if ref is not None and not ref.words})

    @property
    def trained(self) -> list[Series]:
        """Series of methods that are trained here."""
        return [series for series in self.series if series.runs[0].spec.training is not None]


def _data(run: Run) -> tuple[str, str]:
    return run.data, as_text(run.fingerprints)


def _conditions(spec: RunSpec) -> tuple[str, ...]:
    """What trained runs share. Of the encoder its digest: a path and a name may be the same files."""
    encoder = spec.encoder.digest if spec.encoder is not None and not spec.encoder.words else ""
    shared = spec.training is not None and spec.protocol == EQUAL
    training = as_text(spec.training.model_dump(mode="json")) if shared and spec.training is not None else ""
    return encoder, spec.protocol, training


def group_runs(runs: Sequence[Run], grids: Sequence[SuiteManifest]) -> list[Group]:
    """One group per table. Methods that count and predictions from files stand in every group of their data."""
    guests = [run for run in runs if _guest(run)]
    members: dict[tuple[str, ...], list[Run]] = {}
    for run in runs:
        if not _guest(run):
            members.setdefault((*_data(run), *_conditions(run.spec)), []).append(run)
    beside = _beside_encoders(members)
    with_trained = {key[:2] for key in members}
    for run in guests:
        if _data(run) not in with_trained:
            members.setdefault(_data(run), []).append(run)
    labels = encoder_labels(run.spec.encoder for run in runs if run.spec.encoder is not None)
    groups = []
    for key in sorted(members):
        own = members[key]
        joined = own if _guest(own[0]) else own + [run for run in guests if _data(run) == key[:2]] + beside.get(key, [])
        groups.append(replace(_group(own + beside.get(key, []), joined, grids), labels=labels))
    return _with_not_run(groups, grids)


def _beside_encoders(members: dict[tuple[str, ...], list[Run]]) -> dict[tuple[str, ...], list[Run]]:
    """Take runs over vectors of words out of `members`, by the groups over encoders that share their data and training.

    Those that no group would take stay.
    """
    found: dict[tuple[str, ...], list[Run]] = {}
    for key in [key for key in members if not key[2]]:
        others = [other for other in members if other[2] and (other[:2], other[3:]) == (key[:2], key[3:])]
        if others:
            runs = members.pop(key)
            for other in others:
                found.setdefault(other, []).extend(runs)
    return found


def _guest(run: Run) -> bool:
    """Whether the conditions of training do not matter, or are not known."""
    return run.spec.counts or run.external


def _group(own: list[Run], joined: list[Run], grids: Sequence[SuiteManifest]) -> Group:
    first = own[0]
    suites = frozenset[str]().union(*(run.suites for run in own))
    asked = tuple(sorted((grid for grid in grids if grid.suite in suites), key=lambda grid: grid.suite))
    return Group(first.data, first.fingerprints, first.split, tuple(series_of(joined)), asked)


def _with_not_run(groups: list[Group], grids: Sequence[SuiteManifest]) -> list[Group]:
    """Add what could not even be planned: to the groups of its suite and data, or to a group of its own."""
    alone: dict[str, Group] = {}
    for grid in sorted(grids, key=lambda grid: grid.suite):
        for name, why in sorted(grid.not_run.items()):
            method, _, dataset = name.rpartition(" on ")
            places = [n for n, group in enumerate(groups) if group.dataset == dataset and grid in group.grids]
            for place in places:
                groups[place] = _without(groups[place], method, why)
            if not places:
                empty = alone.get(dataset, Group(dataset, {}, "test", (), ()))
                alone[dataset] = replace(_without(empty, method, why), grids=(*empty.grids, grid))
    return sorted([*groups, *alone.values()], key=lambda group: (group.dataset, group.encoders))


def _without(group: Group, method: str, why: NotRun) -> Group:
    return replace(group, not_run={**group.not_run, method: why})
