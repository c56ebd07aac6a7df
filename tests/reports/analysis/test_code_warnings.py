"""Warnings of tables about the code that computed their runs."""

from __future__ import annotations

import pytest
from report_tables import leaderboard

from mnerbench.benchmark.results import code_state, equal_code
from mnerbench.benchmark.results.code_state import plain_digest
from mnerbench.reports.analysis.leaderboard import analyse

NEW, OLD = {"head": "1", "maf": "1"}, {"head": "1", "maf": "0"}


@pytest.fixture
def warned(make):
    """Returns the warnings of a table, from the code of each seed by method."""

    def warnings_of(codes, installed=None):
        grids = [make.grid([make.spec(name, seed) for name, seeds in codes.items() for seed in range(len(seeds))])]
        records = [
            make.record(make.spec(name, seed), 0.7 + seed / 100, code=code)
            for name, seeds in codes.items()
            for seed, code in enumerate(seeds)
        ]
        [analysed] = analyse(records, grids, installed=installed or {})
        return [text for text in analysed.table.warnings if "code" in text]

    return warnings_of


def test_nothing_is_said_of_runs_of_the_installed_code(warned):
    assert warned({"maf": [NEW, NEW], "umt": [NEW]}, {"maf": NEW, "umt": NEW}) == []


def test_nothing_is_said_of_records_that_keep_no_code(warned):
    assert warned({"maf": [{}, {}]}, {"maf": NEW}) == []
    assert warned({"maf": [{}, NEW]}, {"maf": NEW}) == []


def test_runs_of_other_code_are_counted_by_method(warned):
    [text] = warned({"maf": [OLD, OLD], "umt": [{"umt": "0"}], "bert": [{"b": "1"}]}, {"maf": NEW, "bert": {"b": "1"}})
    assert text == (
        "2 runs of maf were computed by other code than is installed (maf differs): "
        "`benchmark run ... --rerun stale` repeats such runs"
    )


def test_a_row_of_several_versions_is_named_with_its_seeds_whatever_is_installed(warned):
    [text] = warned({"maf": [OLD, NEW, OLD], "umt": [{"umt": "1"}] * 2})
    assert text == ("maf mixes runs of different code (maf; seeds 0, 2 against seed 1): its mean is not one method's")


def test_rows_that_differ_in_what_they_share_are_told(warned):
    [text] = warned({"maf": [NEW], "umt": [{"head": "2", "umt": "1"}]})
    assert text.startswith("rows were computed by different versions of shared code (head); ")


def test_code_that_was_only_moved_is_one_state(warned, monkeypatch):
    moved, umt = {"room.head": "1", "maf": "2"}, {"head": "1", "umt": "1"}
    table = {plain_digest(moved): plain_digest(NEW), "0" * 16: plain_digest(umt)}
    runs = {"maf": [NEW, moved], "umt": [umt, umt]}
    assert warned(runs, {"maf": moved}) != []
    for module in (code_state, equal_code):
        monkeypatch.setattr(module, "former_digests", lambda: table)
    assert warned(runs, {"maf": moved}) == []


def test_a_row_is_named_where_nobody_knows_what_is_installed(make):
    records = [make.record(make.spec("maf", seed), 0.7, code={"maf": str(seed)}) for seed in (0, 1)]
    [table] = leaderboard(records, [])
    assert any("maf mixes runs of different code" in text for text in table.warnings)
