"""The shipped suites of papers have the settings and inputs that the papers state."""

from __future__ import annotations

import pytest

from mnerbench.benchmark.planning.resolve import resolve
from mnerbench.benchmark.planning.suite import load_suite, suite_names
from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.registry import methods
from mnerbench.reports.analysis.run_settings import RunSettings
from mnerbench.reports.published.loading import published_tables
from mnerbench.reports.published.matching import is_comparable_encoder
from mnerbench.reports.published.protocols import paper_protocol
from mnerbench.reports.published.suites import selections

SUITES = [name for name in suite_names() if selections(name)]


def settings_in(suite, method):
    """The settings under which a part of a suite trains a method."""
    resolved = resolve(method, suite, methods())
    config, defaults = resolved.config.identity_settings(), resolved.entry.configure({}).identity_settings()
    return RunSettings(
        config=config,
        overrides={key: value for key, value in config.items() if value != defaults.get(key)},
        training=resolved.training.model_dump(mode="json") if resolved.training is not None else {},
        sources={kind.value: resolved.sources[kind] for kind in resolved.config.inputs if kind in resolved.sources},
    )


def rows_of(name):
    """Rows that a suite runs, with the protocol of their numbers and their encoders."""
    scopes = {}
    for selection in selections(name):
        for _, cell in selection.cells():
            if cell.row.method is not None and cell.row.published_only is None and cell.scope.protocol is not None:
                scopes[cell.row.method, cell.scope.protocol, cell.scope.encoder] = cell.row.system
    return scopes


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_trains_each_row_as_its_paper_states(name):
    for (method, protocol, encoder), system in rows_of(name).items():
        parts = [part for part in load_suite(name).resolved_parts if method in part.methods]
        parts = [part for part in parts if encoder is None or is_comparable_encoder(encoder, part.encoder, {encoder})]
        differences = [list(paper_protocol(protocol).differing_settings(settings_in(p, method))) for p in parts]
        assert [] in differences, f"{system}, which {name} runs as {method}: not as {protocol} states: {differences}"


@pytest.mark.parametrize(
    ("name", "method", "protocol"),
    [("maf/table2", "maf", "maf"), ("maf/table4", "maf-no-ca", "maf")]
    + [("can-images-help/table1", method, "can-images-help") for method in ("bert-cm", "bert-vam", "bert-cam")],
)
def test_pictures_are_resized_as_their_paper_states(name, method, protocol):
    for part in load_suite(name).resolved_parts:
        if method in part.methods:
            assert not list(paper_protocol(protocol).differing_inputs(settings_in(part, method)))
            assert set(settings_in(part, method).sources.values()) == {"resnet152@resize=squash"}


def test_every_method_of_a_paper_with_stated_settings_has_a_protocol():
    lacking = {
        row.method
        for table in published_tables().values()
        for row in table.rows
        if row.method is not None and (row.protocol or table.protocol) is None and table.kind != "count"
    }
    assert not lacking


@pytest.mark.parametrize("vectors", ["random", "glove"])
def test_no_word_vectors_are_those_of_rows_quoted_without_them(vectors):
    rows = {
        (table.id, row.system) for table in published_tables().values() for row in table.rows if row.protocol == "lstm"
    }
    assert len(rows) == 8
    assert paper_protocol("lstm").differences(RunSettings(word_vectors=vectors)) == ["word vectors"]


def test_a_number_on_other_tweets_is_never_under_our_conditions():
    settings = RunSettings(config={"dropout": 0.0, "label_rule": "first"})
    assert paper_protocol("pgim-twitter15").differences(settings)[0] == "data"
    assert "data: 3,256 of the 3,257 test tweets" in paper_protocol("pgim-twitter15").text
    assert "data" not in paper_protocol("pgim-twitter17").differences(settings)


def test_an_unknown_protocol_suggests_the_closest():
    with pytest.raises(ConfigError, match=r"no protocol 'itta'; did you mean 'ita'"):
        paper_protocol("itta")
