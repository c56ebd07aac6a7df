"""Published scores: each belongs to a row of a shipped suite, and a reproduction needs five seeds within the band."""

import pytest
from paper_conditions import under
from report_tables import leaderboard

from mnerbench.benchmark.planning.suite import load_suite, suite_names
from mnerbench.benchmark.results.spec import EncoderRef
from mnerbench.datasets.visual.lost_pictures import LostPictures
from mnerbench.reports.published.data import Scope
from mnerbench.reports.published.loading import HERE, read_toml
from mnerbench.reports.published.measures import Kind
from mnerbench.reports.published.suites import selections
from mnerbench.reports.published.verdicts import (
    PublishedScore,
    published_legend,
    published_scores,
    published_sheet,
    verdict,
)
from mnerbench.reports.render.markdown import markdown_report
from mnerbench.reports.text.format import texts

CASED = EncoderRef(name="bert-base-cased", digest="c" * 64)


def ask(make, method, scores, suite="reproduce/maf", conditions="maf", **fields):
    """A leaderboard of runs under the conditions of a paper, with changed fields of their specs."""
    fields = {**under(conditions), "encoder": CASED, **fields}
    records = make.seeds(method, scores, dataset="twitter15", **fields)
    return leaderboard(records, [make.grid([r.spec for r in records], suite, baseline=method)])


REPRODUCED = [name for name in suite_names() if name.startswith("reproduce/")]


# Without a published score: umt by the rule of first pieces, which ITA Table 3 alone has; HVPNeT without prefixes;
# UMGF without its graph; UMT and others with MGCMT's settings.
OURS = {
    "reproduce/umt": {"umt"},
    "reproduce/hvpnet": {"bert-crf-x"},
    "reproduce/umgf": {"bert-crf-x"},
    "reproduce/mgcmt": {"bert-crf-x", "umt-x", "mgcmt-no-augmentation"},
}


@pytest.mark.parametrize("name", REPRODUCED)
def test_every_score_is_a_row_of_its_suite_and_every_row_has_its_score(name):
    suite, scores = load_suite(name), list(published_scores(name))
    for score in scores:
        assert score.dataset in suite.datasets
        assert score.encoder is None or suite.encoder.startswith(score.encoder)
        assert 0.6 < score.f1 < 0.95
    ours = OURS.get(name, set())
    assert {score.method for score in scores} == set(suite.all_names) - ours
    assert {(score.method, score.dataset) for score in scores} == {
        (method, dataset) for method in set(suite.all_names) - ours for dataset in suite.datasets
    }
    rows = [(score.method, score.view, score.dataset) for score in scores]
    assert len(set(rows)) == len(rows)


def test_every_suite_of_papers_has_its_scores_and_others_have_none():
    names = list(read_toml(HERE / "suites.toml"))
    assert sorted(names) == ["ita/table3", *REPRODUCED]
    assert [len(list(published_scores(name))) for name in names] == [8, 10, 18, 54, 8, 39, 10, 6, 2, 2, 2, 2, 4]
    assert selections("twitter15") == ()
    assert list(published_scores("demo")) == []


def test_a_suite_is_found_by_its_name_or_by_that_of_a_table():
    assert [rows.table for rows in selections("reproduce/maf")] == ["maf/table2", "maf/table4"]
    assert [rows.table for rows in selections("ita/fig2")] == ["ita/fig2"]
    assert [score.method for score in published_scores("maf/table4") if score.dataset == "twitter17"] == [
        "maf",
        "maf-no-ca",
        "maf-no-cm",
        "maf-no-ca-cm",
    ]


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("ita/table5", "types, not all mentions"),
        ("can-images-help/table6", "slices"),
        ("hamlearning/table4", "trained on another corpus"),
        ("can-images-help/table4", "a corpus that nobody has"),
        ("maf/table3", "seconds and parameters"),
        ("maf/table1", "counts"),
        ("ita/fig2", "a number of captions"),
    ],
)
def test_what_is_not_f1_on_a_whole_test_split_is_no_score(table, why):
    assert list(published_scores(table)) == [], why


def test_the_best_of_several_runs_is_compared_with_nothing():
    scores = [score for score in published_scores("ita/table2") if score.dataset == "twitter15"]
    assert 0.7601 not in [score.f1 for score in scores]
    assert {score.kind for score in scores} == {Kind.ONE_RUN, Kind.MEAN_OF_5}


@pytest.mark.parametrize(
    ("scores", "says"),
    [
        ([0.7340, 0.7350, 0.7330, 0.7345, 0.7341], "reproduced"),
        ([0.7243] * 5, "reproduced"),
        ([0.7241] * 5, "not reproduced"),
        ([0.7443] * 5, "not reproduced"),
        ([0.73, 0.74, 0.72, 0.75, 0.73], "cannot tell"),
        ([0.71, 0.70, 0.70, 0.71, 0.70], "not reproduced"),
        ([0.7341] * 3, "3/5 seeds: too few to say"),
    ],
)
def test_the_verdict_is_that_of_the_test(make, look, scores, says):
    table = look.only(ask(make, "maf", [{"it": score} for score in scores]))
    scope = Scope(encoder="bert-base", protocol="maf")
    published = PublishedScore("MAF Table 2", Kind.ONE_RUN, "maf", "it", "twitter15", 0.7342, scope)
    assert verdict(published, look.row(table, "maf", "it"), table.conditions) == says
    line = next(row for row in texts(published_sheet(table)) if row[0] == "maf")
    assert line[2:5] == ("MAF Table 2", "one run", "73.42*")
    assert line[-1] == says


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (under("maf", epochs=1), "epochs"),
        (under("maf", lr_new=1e-3, max_pieces=64), "lr_new, max_pieces"),
        ({"encoder": EncoderRef(name="xlm-roberta-large", digest="x" * 64)}, "encoder"),
        ({"encoder": EncoderRef(name="bert-base-uncased", digest="x" * 64)}, None),
        ({"overrides": {"heads": 3}}, "heads"),
        ({"protocol": "equal"}, None),
    ],
)
def test_under_other_conditions_there_is_no_verdict(make, look, fields, says):
    table = look.only(ask(make, "maf", [{"it": 0.7341}] * 5, **fields))
    line = next(row for row in texts(published_sheet(table)) if row[0] == "maf")
    assert line[-1] == ("reproduced" if says is None else f"other {says}: no verdict")


def reading(data, source, lost):
    changes = {"inputs": {"grid": "g" * 64}, "sources": {"grid": source}, "lost_pictures": lost}
    return data.model_copy(update=changes)


@pytest.mark.parametrize(
    ("source", "lost", "says"),
    [
        ("resnet152@resize=squash", LostPictures.UMT, "reproduced"),
        ("resnet152@resize=squash", LostPictures.MASK, "other lost pictures: no verdict"),
        ("resnet152", LostPictures.UMT, "other grid: no verdict"),
        ("resnet18@weights=random,size=96", LostPictures.UMT, "other grid: no verdict"),
        ("clip.npz", LostPictures.MASK, "other grid, lost pictures: no verdict"),
    ],
)
def test_other_visual_inputs_than_the_papers_have_no_verdict(make, look, source, lost, says):
    spec = make.spec("maf", dataset="twitter15", **under("maf"), encoder=CASED)
    specs = [
        spec.model_copy(update={"seed": seed, "dataset": reading(spec.dataset, source, lost)}) for seed in range(5)
    ]
    records = [make.record(spec, {"it": 0.7342}) for spec in specs]
    table = look.only(leaderboard(records, [make.grid(specs, "reproduce/maf", baseline="maf")]))
    line = next(row for row in texts(published_sheet(table)) if row[0] == "maf")
    assert line[-1] == says
    assert dict(published_legend(table))["conditions of maf"].startswith("grid: ResNet-152, pictures resized to 224 x")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "reproduced"),
        ({"lr_crf": 0.5}, "reproduced"),
        ({"lr_crf": 0.6}, "other lr_crf: no verdict"),
        ({"config": {"word_dropout": 0.2}}, "other word_dropout: no verdict"),
    ],
)
def test_a_value_within_the_range_that_a_paper_searched_is_the_papers(make, look, changes, says):
    fields = under("ita", **changes)
    table = look.only(ask(make, "bert-crf", [{"t": 0.7479}] * 5, suite="reproduce/ita", **fields))
    assert next(row for row in texts(published_sheet(table)) if row[0] == "bert-crf")[-1] == says


def test_a_row_whose_optimizer_is_not_ours_has_no_verdict(make, look):
    table = look.only(ask(make, "umt-x", [{"it": 0.7341}] * 5, conditions="umt"))
    assert next(row for row in texts(published_sheet(table)) if row[0] == "umt-x")[-1] == "other optimizer: no verdict"
    assert "optimizer: BertAdam" in dict(published_legend(table))["conditions of umt"]


def test_a_row_over_word_vectors_that_no_paper_names_has_no_verdict(make, look):
    vectors = EncoderRef(name="random", digest="r" * 64, words=True)
    table = look.only(ask(make, "bilstm-crf", [{"t": 0.6442}] * 5, suite="maf/table2", encoder=vectors))
    line = next(row for row in texts(published_sheet(table)) if row[0] == "bilstm-crf")
    assert line[-1] == "other word vectors: no verdict"
    assert "word vectors: not named" in dict(published_legend(table))["conditions of lstm"]


def test_where_a_paper_names_no_encoder_there_is_no_verdict(make, look):
    table = look.only(
        ask(make, "bert-crf", [{"t": 0.7148}] * 5, suite="can-images-help/table1", conditions="can-images-help")
    )
    line = next(row for row in texts(published_sheet(table)) if row[:2] == ("bert-crf", "t"))
    assert line[-2:] == ("0.00", "the paper names no encoder: no verdict")


def test_rows_of_another_encoder_of_the_same_suite_are_not_in_the_table(make, look):
    table = look.only(ask(make, "bert-crf", [{"t": 0.7479}] * 5, suite="ita/table1", conditions="ita"))
    lines = [row for row in texts(published_sheet(table)) if row[0] == "bert-crf"]
    assert [(row[4], row[-1]) for row in lines] == [("74.79", "reproduced")]


def test_where_a_paper_contradicts_itself_a_note_says_so(make, look):
    table = look.only(ask(make, "maf", [{"it": 0.7342}] * 5))
    line = next(row for row in texts(published_sheet(table)) if row[:3] == ("maf", "it", "MAF Table 2"))
    assert line[4] == "73.42*"
    assert ("* MAF Table 2", "Table 4 prints 73.32 for the same model") in published_legend(table)


def test_rows_that_were_not_run_say_so_and_other_suites_have_no_such_table(make, look):
    table = look.only(ask(make, "umt-x", [{"it": 0.7341}] * 5))
    assert next(row for row in texts(published_sheet(table)) if row[0] == "maf")[-1] == "not run"
    page = markdown_report([table])
    assert "### Against the published scores" in page
    other = look.only(ask(make, "umt-x", [{"it": 0.7341}] * 5, suite="mine"))
    assert published_sheet(other) is None
