"""What a reproducibility checklist is answered from, as frozen data: unrounded, scores as fractions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mnerbench.benchmark.results.search_results import SearchResult
from mnerbench.reports.analysis.overview import Overview
from mnerbench.reports.analysis.row_data import Spread
from mnerbench.reports.analysis.table_data import LeaderboardTable


@dataclass(frozen=True)
class MethodFacts:
    """A method over all datasets; a run that stands in several tables counts once.

    Attributes:
        method: name as in the tables.
        families, protocols, overrides, inputs: distinct ones; overrides are settings unlike the method's defaults.
        done, failed: numbers of runs.
        train_seconds: of training, without evaluation; None where not recorded.
        seconds: of the finished runs as a whole.
        failed_seconds: of failed and interrupted runs.
        parameters: lowest and highest number of trained parameters, by part: `encoder`, `new`, `crf`, `total`.
        memory: highest peak in bytes.
    """

    method: str
    families: tuple[str, ...]
    protocols: tuple[str, ...]
    overrides: tuple[str, ...]
    inputs: tuple[str, ...]
    done: int
    failed: int
    train_seconds: float | None
    seconds: float
    failed_seconds: float
    parameters: Mapping[str, tuple[int, int]]
    memory: int | None


@dataclass(frozen=True)
class SelectionFacts:
    """How the epochs of a method were picked in a table.

    Attributes:
        table: number of the table, from 1.
        data, method: names as in the table.
        view: in which dev is scored.
        seeds: of the finished runs.
        epochs: numbers of trained epochs.
        picked: selected epochs; empty where not recorded.
        dev: F1 on dev with the selected epoch; None where not recorded.
    """

    table: int
    data: str
    method: str
    view: str
    seeds: tuple[int, ...]
    epochs: tuple[int, ...]
    picked: tuple[int, ...]
    dev: Spread | None


@dataclass(frozen=True)
class Use:
    """How many runs used something, such as a version of a package, a commit or a GPU.

    Attributes:
        name: what it is: `torch`, `commit`, `hardware`.
        value: which one it is; None where the records do not say.
        runs: number of finished runs.
        seconds: of these runs together.
    """

    name: str
    value: str | None
    runs: int
    seconds: float


@dataclass(frozen=True)
class SplitFacts:
    """The size of a split; None where unknown."""

    split: str
    fingerprint: str | None
    tweets: int | None
    entities: int | None


@dataclass(frozen=True)
class DatasetFacts:
    """A dataset that runs were trained or tested on.

    Attributes:
        name: of the dataset.
        title, licence, citation, origin: of its card; None without a card.
        verified: whether the runs' splits are those of the card; None if its fingerprints are unknown.
        splits: fingerprints of the runs, and sizes from the card if it is verified.
        defects: known errors of the data.
        policies: what the data policies did, as text.
        notes: of the runs.
    """

    name: str
    title: str | None
    licence: str | None
    citation: str | None
    origin: str | None
    verified: bool | None
    splits: tuple[SplitFacts, ...]
    defects: tuple[str, ...]
    policies: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class KeptFacts:
    """What the results folder keeps of the finished runs.

    Attributes:
        expected: number of files of predictions, one per run, test split and view.
        present: how many of them exist.
        verified: number of files from which scores were recomputed for this report; None without verification.
        damaged: locations of files that were left out, with the reason.
    """

    expected: int
    present: int
    verified: int | None
    damaged: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ChecklistFacts:
    """Everything that the checklist is answered from.

    Attributes:
        tables: of the report.
        overview: numbers of runs, and the suites.
        searches: of settings, with the name of their suite.
        lost_seconds: of failed and interrupted runs together.
        resumed: number of runs that continued from a checkpoint.
        code: number of distinct versions of the sources, by family; runs without recorded sources do not count.
        pretrained: encoders, word vectors and visual inputs, each with the digest of its content.
    """

    tables: tuple[LeaderboardTable, ...]
    overview: Overview
    methods: tuple[MethodFacts, ...]
    selections: tuple[SelectionFacts, ...]
    searches: tuple[tuple[str, SearchResult], ...]
    hardware: tuple[Use, ...]
    software: tuple[Use, ...]
    commits: tuple[Use, ...]
    code: Mapping[str, int]
    lost_seconds: float
    resumed: int
    datasets: tuple[DatasetFacts, ...]
    pretrained: tuple[str, ...]
    kept: KeptFacts
