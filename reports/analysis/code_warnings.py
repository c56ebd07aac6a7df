"""Warnings about the code that computed the runs of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mnerbench.benchmark.results.code_state import (
    Code,
    Computed,
    code_digest,
    differing_modules,
    listed_modules,
    other_code_sentences,
)
from mnerbench.benchmark.results.equal_code import is_one_state
from mnerbench.benchmark.results.record import RunRecord, Status
from mnerbench.reports.analysis.groups import Group
from mnerbench.reports.analysis.runs import Series

_REMEDY = "`benchmark run ... --rerun stale` repeats such runs"


def code_warnings(group: Group, installed: Mapping[str, Code]) -> list[str]:
    """Warn of rows with mixed code, of rows that differ in shared code, and of runs of code that is not installed.

    Args:
        group: the runs of a table.
        installed: digests of the installed sources, by family and module; empty to skip the comparison.
    """
    computed = [(series, record) for series in group.series for record in series.ended(Status.DONE)]
    current = other_code_sentences(_computed(series.label, record, installed) for series, record in computed)
    return [*_mixed(group.series), *_shared(group.series), *(f"{text}: {_REMEDY}" for text in current)]


def _computed(label: str, record: RunRecord, installed: Mapping[str, Code]) -> Computed:
    return Computed(label, record.code, installed.get(record.spec.family, {}))


def _mixed(table_series: Iterable[Series]) -> Iterator[str]:
    """Rows whose seeds were computed by different code, so that their mean is not that of one method."""
    for series in table_series:
        seeds: dict[str, list[str]] = {}
        codes = [(record.code, record.spec.seed) for record in series.ended(Status.DONE) if record.code]
        for code, seed in codes:
            seeds.setdefault(code_digest(code), []).append(str(seed))
        if len(seeds) > 1:
            which = " against ".join(f"seed{'s' * (len(same) > 1)} {', '.join(same)}" for same in seeds.values())
            modules = listed_modules(differing_modules(code for code, _ in codes))
            yield f"{series.label} mixes runs of different code ({modules}; {which}): its mean is not one method's"


def _shared(table_series: Sequence[Series]) -> list[str]:
    """Modules that rows share in different versions."""
    versions: dict[str, set[frozenset[str]]] = {}
    by_series = [[record.code for record in series.ended(Status.DONE) if record.code] for series in table_series]
    if is_one_state({code_digest(code) for codes in by_series for code in codes}):
        return []
    for codes in by_series:
        for module in {name for code in codes for name in code}:
            versions.setdefault(module, set()).add(frozenset(code[module] for code in codes if module in code))
    modules = sorted(module for module, digests in versions.items() if len(digests) > 1)
    if not modules:
        return []
    return [
        f"rows were computed by different versions of shared code ({listed_modules(modules)}); "
        "scores may differ by that alone"
    ]
