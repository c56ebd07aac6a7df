"""Ceilings, headroom and the capability profile, from hand-made records of probes."""

import pytest
from report_tables import leaderboard

from mnerbench.benchmark.results.spec import TrainingSettings
from mnerbench.datasets.probes.ceilings import Ceiling
from mnerbench.reports.analysis.capability_profile import capability_profiles, profile_sheet
from mnerbench.reports.render.figures import profile_figure
from mnerbench.reports.render.markdown import markdown_report
from mnerbench.reports.render.sheets import main_sheet
from mnerbench.reports.text.format import texts, titles


def ceiling(expected, believing):
    facts = {"entities": 600, "ambiguous": 300, "error": 0.01}
    return Ceiling(expected=expected, realised=expected + 0.01, believing=believing, **facts)


TEXT, FULL = ceiling(0.7, 0.7), ceiling(0.9, 0.6)


def probe(make, dataset, scores, *, blind=False):
    """Two seeds of a text-only method and of one with pictures, on a probe."""
    ceilings = {"t": TEXT, "it": TEXT if blind else FULL}
    data = {"dataset": dataset, "captions": "drawn"}
    records = make.seeds("bert-crf", [0.7, 0.7], dataset=dataset)
    records = [record.model_copy(update={"ceilings": {"t": TEXT}}) for record in records]
    with_pictures = [make.record(make.spec("ita-ga", seed, **data), scores, ceilings=ceilings) for seed in (0, 1)]
    return records + with_pictures


def test_rows_have_the_ceiling_of_their_view(make, look):
    records = probe(make, "probe-object", {"it": 0.8, "t": 0.7, "it-shuffled": 0.65})
    table = look.only(leaderboard(records, [], "bert-crf"))
    own_picture, none, wrong = (look.row(table, "ita-ga", view) for view in ("it", "t", "it-shuffled"))
    assert (own_picture.ceiling, none.ceiling, wrong.ceiling) == (FULL, TEXT, TEXT)
    assert own_picture.headroom == pytest.approx(0.5)
    assert (none.headroom, wrong.headroom, look.row(table, "bert-crf").headroom) == (None, None, None)
    assert table.conditions.ceilings == (
        (
            "ceiling, text alone",
            "70.00 expected of the best possible predictor; on this test split it scores 71.00 [69.04, 72.96]",
        ),
        (
            "ceiling, text with captions",
            "90.00 expected of the best possible predictor; on this test split it scores 91.00 [89.04, 92.96]; "
            "one that believes every picture scores 60.00 with other tweets' pictures",
        ),
    )
    sheet = main_sheet(table).select(("method", "view", "ceiling", "headroom"))
    assert ("ita-ga", "it", "90.00", "50 ± 7 %") in texts(sheet)


def test_without_a_probe_there_is_no_word_of_ceilings(make, look):
    tables = leaderboard(make.seeds("bert-crf", [0.7, 0.71]), [], "bert-crf")
    assert look.only(tables).conditions.ceilings == ()
    assert "ceiling" not in markdown_report(tables)
    assert capability_profiles(tables) == []


def test_text_above_its_ceiling_is_a_leak(make, look):
    for score, leaks in ((0.742, False), (0.743, True)):
        records = [
            record.model_copy(update={"ceilings": {"t": TEXT}})
            for record in make.seeds("bert-crf", [score] * 2, dataset="probe-object")
        ]
        table = look.only(leaderboard(records, [], "bert-crf"))
        assert bool(look.warned(table, "the probe leaks")) == leaks


def test_the_profile_has_a_column_per_probe(make):
    records = probe(make, "probe-object", {"it": 0.8, "t": 0.7, "it-shuffled": 0.65})
    records += probe(make, "probe-scene", {"it": 0.7, "t": 0.7, "it-shuffled": 0.71}, blind=True)
    tables = leaderboard(records, [], "bert-crf")
    sheet = profile_sheet(*capability_profiles(tables))
    assert titles(sheet) == ("method", "object", "scene", "wrong pictures")
    assert texts(sheet) == (("ita-ga", "50 ± 7 %", "not read", "-5.00 ± 0.00"),)
    page = markdown_report(tables)
    assert "## Capability profile" in page
    assert "not read" in page


def test_each_condition_has_a_profile_of_its_own(make):
    records = probe(make, "probe-object", {"it": 0.8}) + probe(make, "probe-scene", {"it": 0.8})
    other = [
        record.model_copy(update={"spec": spec, "identity": spec.identity})
        for record in probe(make, "probe-object", {"it": 0.9})
        for spec in [record.spec.model_copy(update={"training": TrainingSettings(epochs=3)})]
    ]
    tables = leaderboard(records + other, [], "bert-crf")
    assert len(tables) == 3
    (profile,) = capability_profiles(tables)
    assert profile.probes == ("object", "scene")
    assert "2 epochs" in profile.conditions


def test_inputs_that_are_not_the_probes_own_have_no_ceiling(make, look):
    records = probe(make, "probe-object", {"it": 0.95}) + probe(make, "probe-scene", {"it": 0.8})
    records = [
        r.model_copy(update={"ceilings": {"t": TEXT}}) if r.spec.dataset.name == "probe-object" else r for r in records
    ]
    tables = leaderboard(records, [], "bert-crf")
    assert texts(profile_sheet(*capability_profiles(tables)))[0][1:3] == ("unknown", "50 ± 7 %")
    assert not any("leaks" in text for table in tables for text in table.warnings)


def test_one_probe_is_no_profile(make):
    records = probe(make, "probe-object", {"it": 0.8, "t": 0.7, "it-shuffled": 0.65})
    assert capability_profiles(leaderboard(records, [], "bert-crf")) == []


def test_the_profile_can_be_drawn(make, tmp_path):
    records = probe(make, "probe-object", {"it": 0.8}) + probe(make, "probe-scene", {"it": 0.7}, blind=True)
    (profile,) = capability_profiles(leaderboard(records, [], "bert-crf"))
    profile_figure(profile, tmp_path / "profile.svg")
    drawn = (tmp_path / "profile.svg").read_text(encoding="utf-8")
    for text in ("ita-ga", "object", "scene", "50 ± 7", "not read"):
        assert text in drawn
    profile_figure(profile, tmp_path / "profile.png")
    assert (tmp_path / "profile.png").read_bytes().startswith(b"\x89PNG")
