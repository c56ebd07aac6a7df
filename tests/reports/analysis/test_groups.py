"""Grouping of runs into tables, their conditions and their order."""

import random

from report_tables import leaderboard

from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef, TrainingSettings
from mnerbench.reports.analysis.row_text import heading
from mnerbench.reports.render.wording import condition_lines

BASE = [0.70, 0.71, 0.72, 0.70, 0.71]
GOOD = [0.75, 0.77, 0.76, 0.74, 0.76]


# --- Groups ---------------------------------------------------------------------------------------------------------


def test_runs_under_other_conditions_stand_in_other_tables(make):
    other = EncoderRef(name="other-bert", digest="0" * 64)
    tables = leaderboard(
        [
            *make.seeds("bert-crf", [0.7], encoder=other),
            *make.seeds("bert-crf", [0.71]),
            *make.seeds("bert-crf", [0.72], training=TrainingSettings(epochs=9)),
            *make.seeds("bert-crf", [0.73], dataset="made17"),
            *make.seeds("majority", [0.3]),
            *make.seeds("lookup", [0.4], dataset="alone"),
        ],
        [],
    )
    assert [(t.conditions.dataset, t.conditions.encoder, t.conditions.training.get("epochs")) for t in tables] == [
        ("alone", None, None),
        ("made15", "bert-base", 2),
        ("made15", "bert-base", 9),
        ("made15", "other-bert", 2),
        ("made17", "bert-base", 2),
    ]
    assert [[r.method for r in t.rows] for t in tables] == [
        ["lookup"],
        ["bert-crf", "majority"],
        ["bert-crf", "majority"],
        ["bert-crf", "majority"],
        ["bert-crf"],
    ]


def test_methods_over_words_stand_beside_every_encoder_with_the_same_training(make):
    other = EncoderRef(name="other-bert", digest="0" * 64)
    words = EncoderRef(name="random word vectors", digest="random-v1", words=True)
    tables = leaderboard(
        [
            *make.seeds("bert-crf", [0.7]),
            *make.seeds("bert-crf", [0.72], encoder=other),
            *make.seeds("bert-crf", [0.71], training=TrainingSettings(epochs=9)),
            *make.seeds("bilstm-crf", [0.6, 0.61], encoder=words),
            *make.seeds("bilstm-crf", [0.5], encoder=words, dataset="made17"),
            *make.seeds("majority", [0.3], dataset="made17"),
        ],
        [],
    )
    conditions = [(t.conditions.dataset, t.conditions.encoder, t.conditions.word_vectors) for t in tables]
    vectors = ("random word vectors (random-v1)",)
    assert conditions == [
        ("made15", "bert-base", vectors),
        ("made15", "bert-base", ()),
        ("made15", "other-bert", vectors),
        ("made17", None, vectors),
    ]
    assert [[row.method for row in t.rows] for t in tables] == [
        ["bert-crf", "bilstm-crf"],
        ["bert-crf"],
        ["bert-crf", "bilstm-crf"],
        ["bilstm-crf", "majority"],
    ]
    assert tables[0].conditions.encoder_digest == "e" * 64
    assert tables[3].conditions.encoder_digest is None


def test_one_encoder_under_two_names_is_one_table(make, look):
    path = EncoderRef(name="my-copy", digest="e" * 64)
    table = look.only(leaderboard(make.seeds("bert-crf", [0.7]) + make.seeds("bert", [0.7], encoder=path), []))
    assert table.conditions.encoder == "bert-base = my-copy"


def test_two_encoders_of_one_name_are_told_apart_by_digest(make):
    twin, alone = EncoderRef(name="bert-base", digest="f" * 64), EncoderRef(name="other", digest="0" * 64)
    records = make.seeds("bert-crf", [0.7]) + make.seeds("bert-crf", [0.71], encoder=twin)
    tables = leaderboard(records + make.seeds("bert-crf", [0.72], encoder=alone), [])
    titles = ["bert-base (eeeeeeeeeeee)", "bert-base (ffffffffffff)", "other"]
    assert [heading(table) for table in tables] == [f"made15 · {title} · protocol equal" for title in titles]
    lines = [dict(condition_lines(table.conditions))["encoder"] for table in tables]
    assert lines == [*titles[:2], "other (000000000000)"]


def test_word_vectors_under_two_names_are_one_row(make, look):
    named = [EncoderRef(name=name, digest="d" * 64, words=True) for name in ("glove.txt", "GloVe")]
    records = make.seeds("bilstm-crf", [0.6], encoder=named[0]) + make.seeds("bilstm-crf", [0.6, 0.7], encoder=named[1])
    assert [row.method for row in look.only(leaderboard(records[:1] + records[2:], [])).rows] == ["bilstm-crf"]


def test_two_contents_under_one_dataset_name_are_two_tables(make):
    repaired = DatasetRef(name="made15", fingerprints={"train": "train of made15", "test": "repaired"})
    retrained = DatasetRef(name="made15", fingerprints={"train": "more", "test": "of made15"})
    records = make.seeds("bert-crf", [0.7])
    for data in (repaired, retrained):
        records.append(make.record(make.spec().model_copy(update={"dataset": data}), 0.8))
    assert len(leaderboard(records, [])) == 3


def test_two_settings_of_one_method_are_two_rows(make, look):
    records = make.seeds("ita-ga", [0.7, 0.71], config={"dropout": 0.1, "captions": 5})
    records += make.seeds("ita-ga", [0.8, 0.81], config={"dropout": 0.1, "captions": 1}) + make.seeds("bert-crf", [0.6])
    table = look.only(leaderboard(records, [], "ita-ga"))
    assert [(r.method, r.done) for r in table.rows] == [
        ("ita-ga (captions=1)", 2),
        ("ita-ga (captions=5)", 2),
        ("bert-crf", 1),
    ]
    assert look.warned(table, "several settings")
    assert look.only(leaderboard(records, [], "ita-ga (captions=5)")).baseline == "ita-ga (captions=5)"


def test_the_same_text_read_with_other_types_is_another_row(make, look):
    """Types are part of a run's identity, so these are not four seeds of one method."""
    typed = DatasetRef(name="made15", fingerprints=make.spec().dataset.fingerprints, types=("PER", "LOC"))
    records = make.seeds("bert", [0.7, 0.7])
    for seed in (0, 1):
        spec = make.spec("bert", seed)
        records.append(make.record(spec.model_copy(update={"dataset": typed}), 0.8))
    table = look.only(leaderboard(records, []))
    rows = sorted((r.method, r.done) for r in table.rows)
    assert rows == [('bert (types=["PER", "LOC"])', 2), ("bert (types=[])", 2)]


def test_other_captions_are_another_row(make, look):
    data = make.spec(captions="blip2").dataset
    other = data.model_copy(update={"inputs": {"captions": "f" * 64}})
    records = make.seeds("ita-ga", [0.7]) + [
        make.record(make.spec("ita-ga").model_copy(update={"dataset": d}), 0.7) for d in (data, other)
    ]
    table = look.only(leaderboard(records, []))
    assert [r.method for r in table.rows] == [
        "ita-ga",
        "ita-ga (captions file=cccccccccccc)",
        "ita-ga (captions file=ffffffffffff)",
    ]
    assert table.conditions.inputs == ("captions blip2 (cccccccccccc)", "captions blip2 (ffffffffffff)")


def test_under_the_papers_settings_methods_share_a_table_and_settings_are_listed(make, look):
    settings = TrainingSettings(epochs=2, scheme="bioes", stray_inside="repair")
    records = make.seeds("bert-crf", BASE, protocol="paper")
    records += make.seeds("ita-ga", GOOD, protocol="paper", training=settings)
    table = look.only(leaderboard(records, [], "bert-crf"))
    assert table.conditions.own_training == {
        "bert-crf": {"scheme": "bio", "stray_inside": "keep"},
        "ita-ga": {"scheme": "bioes", "stray_inside": "repair"},
    }
    assert table.conditions.training["epochs"] == 2
    assert "scheme" not in table.conditions.training
    assert look.warned(table, "protocol paper")


def test_one_run_asked_for_by_two_suites_stands_in_both_under_its_names(make):
    spec = make.spec("bert-crf")
    alias, paper = make.spec("text-only", family="bert-crf"), make.spec("bert-crf", protocol="paper")
    assert spec.identity == alias.identity == paper.identity
    grids = [make.grid([planned], suite=str(n)) for n, planned in enumerate((spec, alias, paper))]
    equal, papers = leaderboard([make.record(spec, 0.7)], grids)
    assert [r.method for r in equal.rows] == ["bert-crf", "text-only"]
    assert (papers.conditions.protocol, [r.method for r in papers.rows]) == ("paper", ["bert-crf"])


# --- Conditions, order ----------------------------------------------------------------------------------------------


def test_conditions_come_from_specs_and_records(make, look):
    facts = {
        "environment": {"processor": "a CPU", "threads": 2, "packages": {"torch": "2.6", "numpy": "2"}, "commit": "abc"}
    }
    facts |= {"notes": ("made15: not the content of its card",), "policies": {"stray_inside_keep": 186, "shortened": 0}}
    records = [make.record(make.spec("bert-crf", 0), 0.7, **facts)]
    policies = {"stray_inside_keep": 186, "contexts_cut": 4}
    spec = make.spec("ita-ga", 0, captions="blip2")
    records.append(make.record(spec, {"it": 0.7}, **{**facts, "policies": policies}))
    table = look.only(leaderboard(records, [make.grid([r.spec for r in records])]))
    conditions = table.conditions
    assert conditions.fingerprints == {"train": "train of made15", "test": "of made15"}
    assert conditions.gold == {"conlleval": 10_000, "strict-iob2": 10_000, "umt": 10_000}
    assert (conditions.protocol, conditions.encoder, conditions.encoder_digest) == ("equal", "bert-base", "e" * 64)
    assert conditions.training == make.training.model_dump(mode="json")
    assert conditions.inputs == ("captions blip2 (cccccccccccc)",)
    assert conditions.policies == ("contexts_cut 4 (ita-ga)", "stray_inside_keep 186")
    assert (conditions.hardware, conditions.software) == (("a CPU, 2 threads",), ("torch 2.6, commit abc",))
    assert conditions.suites == {"mine": "A suite"}
    assert "test is scored once" in conditions.selection
    assert look.warned(table, "not the content of its card")


def test_mixed_hardware_software_and_gold_are_warned_about(make, look):
    records = [
        make.record(make.spec("bert-crf", 0), 0.7, environment={"gpu": "H200", "packages": {"torch": "2.6"}}),
        make.record(make.spec("bert-crf", 1), 0.7, environment={"processor": "a CPU", "packages": {"torch": "2.7"}}),
        make.record(make.spec("bert-crf", 2), metrics={"test": {"t": {"conlleval": make.score(0.7, 9_000)}}}),
    ]
    table = look.only(leaderboard(records, [], "bert-crf"))
    for text in ("different hardware", "different versions", "disagree on the number of gold entities"):
        assert look.warned(table, text)


def test_the_order_of_records_and_grids_never_matters(make):
    views = [{"it": a, "t": b, "it-shuffled": b} for a, b in zip(GOOD, BASE, strict=True)]
    records = (
        make.seeds("bert-crf", BASE) + make.seeds("ita-ga", views, captions="blip2") + make.seeds("majority", [0.3])
    )
    records += [make.failed(make.spec("umt", seed), f"reason {seed}") for seed in range(3)]
    records += make.seeds("bert-crf", BASE, dataset="made17") + make.seeds("ita-ga", [0.5], config={"captions": 1})
    specs = [r.spec for r in records]
    grids = [
        make.grid(specs[:7], "a"),
        make.grid(specs[4:], "b", not_run={"maf on made15": "no images"}),
        make.grid(specs, "c"),
    ]
    expected = leaderboard(records, grids)
    for seed in range(5):
        random.Random(seed).shuffle(records)
        random.Random(seed).shuffle(grids)
        assert leaderboard(records, grids) == expected


def test_a_record_given_twice_counts_once(make):
    records = make.seeds("bert-crf", BASE)
    # Two copies of a folder, put together: what is done counts, whatever failed before or after.
    failed = [make.failed(records[0].spec, started=f"{year}-01-01T00:00:00+00:00") for year in (2020, 2030)]
    assert leaderboard([*failed, *records, *records], []) == leaderboard(records, [])


def test_nothing_gives_no_tables():
    assert leaderboard([], []) == []
