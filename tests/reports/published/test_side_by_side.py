"""Published tables with our numbers: each printed number matches only a number that measures the same."""

import io
import json
from dataclasses import replace

import pytest
from paper_conditions import under
from report_tables import leaderboard
from rich.console import Console

from mnerbench.benchmark.results.record import PictureTexts
from mnerbench.benchmark.results.scoring import Counts
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef
from mnerbench.datasets.catalog import load_card
from mnerbench.reports.analysis.changed_tweets import ChangedTweets
from mnerbench.reports.published.loading import published_tables
from mnerbench.reports.published.side_by_side import side_by_side
from mnerbench.reports.published.side_by_side_sheets import (
    WIDEST,
    number_lines_sheet,
    side_by_side_legend,
    side_by_side_sheets,
)
from mnerbench.reports.render.json import json_report
from mnerbench.reports.render.markdown import markdown_report
from mnerbench.reports.render.terminal import print_leaderboard
from mnerbench.reports.text.format import texts as sheet_texts
from mnerbench.reports.text.format import titles

CASED, XLMR, UNCASED = (
    EncoderRef(name=name, digest=name[0] * 64) for name in ("bert-base-cased", "xlm-roberta-large", "uncased")
)


@pytest.fixture
def run(make):
    """Five seeds of a method under the papers' protocol; a number is its F1 with the picture, one less without."""

    def runs(method, f1, dataset="twitter15", encoder=CASED, **fields):
        views = f1 if isinstance(f1, dict) else {"it": f1, "t": f1 - 0.01}
        fields = {"protocol": "paper", **fields}
        return make.seeds(method, [views] * 5, dataset=dataset, encoder=encoder, **fields)

    return runs


@pytest.fixture
def beside(make):
    """Returns the published tables of a suite with the numbers of runs."""

    def of(suite, records, **fields):
        return side_by_side(tables(suite, records, **fields))

    def tables(suite, records, **fields):
        return leaderboard(records, [make.grid([r.spec for r in records], suite, baseline=None, **fields)])

    of.tables = tables
    return of


def cells(comparison):
    """Text by system (with its section) and column, of all sheets."""
    by_names = {}
    for sheet in side_by_side_sheets(comparison):
        keys = [column.key for column in sheet.columns if column.names]
        for row in sheet_texts(sheet):
            names = row[:2] if "section" in keys else row[0]
            for title, text in zip(titles(sheet)[len(keys) :], row[len(keys) :], strict=True):
                by_names[names, title] = text
    return by_names


def test_f1_precision_and_recall_stand_beside_the_printed_ones(beside, run):
    [comparison] = beside("maf/table4", run("maf", 0.7400) + run("maf-no-ca", 0.8300, "twitter17"))
    texts = cells(comparison)
    assert texts["MAF", "T15 F1"] == "73.32 [1] / 74.00 / +0.68"
    assert texts["MAF", "T15 P"] == "71.41 [1] / 74.00 / +2.59"
    assert texts["MAF", "T15 R"] == "75.32 [1] / 74.00 / -1.32"
    assert texts["MAF", "T17 F1"] == "86.25"
    assert texts["w/o CA", "T17 R"] == "84.68 / 83.00 / -1.68"
    assert texts["w/o CA", "T15 R"] == "75.44"
    assert [row[:3] for row in sheet_texts(side_by_side_sheets(comparison)[0])][1] == ("w/o CA", "maf-no-ca", "it")


def test_precision_is_not_recall_and_neither_is_f1(make, beside):
    """2,000 right of 4,000 predicted and 5,000 gold: 50, 40 and 44.44."""
    spec = make.spec("maf", dataset="twitter15", encoder=CASED, protocol="paper")
    score = make.score(0.5)
    uneven = score.model_copy(update={"overall": Counts(correct=2000, predicted=4000, gold=5000)})
    [comparison] = beside("maf/table4", [make.record(spec, metrics={"test": {"it": {"conlleval": uneven}}})])
    texts = cells(comparison)
    assert [texts["MAF", f"T15 {name}"].split(" / ")[1] for name in ("P", "R", "F1")] == ["50.00", "40.00", "44.44"]


def test_types_find_their_own_and_what_test_does_not_have_finds_none(beside, run):
    [comparison] = beside("maf/table2", run("maf", 0.7400))
    assert cells(comparison)["MAF (Ours)", "T15 PER"] == "84.67 / 74.00 / -10.67"
    assert cells(comparison)["MAF (Ours)", "T15 MISC"] == "41.82"


def test_precision_and_recall_of_a_type_are_its_own(make, beside):
    spec = make.spec("ita-all+cva", dataset="twitter17", encoder=CASED, protocol="paper")
    score = make.score(0.5)
    uneven = {**score.types, "PER": Counts(correct=2000, predicted=4000, gold=5000)}
    metrics = {"test": {"it": {"conlleval": score.model_copy(update={"types": uneven})}}}
    [comparison] = beside("ita/table5", [make.record(spec, metrics=metrics)])
    ours = {column: text.split(" / ")[1] for (_, column), text in cells(comparison).items() if " / " in text}
    assert [ours[f"PER {name}"] for name in ("P", "R", "F1")] == ["50.0", "40.0", "44.4"]
    assert ours["LOC P"] == "50.0"


def test_a_transfer_finds_the_table_of_its_pair_and_of_no_other(make, beside):
    twitter15, twitter17 = (
        DatasetRef(name=n, fingerprints={"train": n, "test": n}) for n in ("twitter15", "twitter17")
    )
    records = []
    for seed in range(5):
        spec = make.spec("hamlearning", seed, encoder=UNCASED, protocol="paper").model_copy(
            update={
                "dataset": twitter17,
                "transfer": (twitter15,),
                "encoder": EncoderRef(name="bert-base-uncased", digest="u" * 64),
            }
        )
        records.append(
            make.record(
                spec,
                {"it": 0.8},
                metrics={"test": {"it": make.scores(0.8)}, "test@twitter15": {"it": make.scores(0.66)}},
            )
        )
    [comparison] = beside("hamlearning/table4", records)
    texts = cells(comparison)
    assert texts["HamLearning", "T17→T15 F"] == "67.98 / 66.00 / -1.98"
    assert texts["HamLearning", "T17→T15 P"] == "69.17 / 66.00 / -3.17"
    assert texts["HamLearning", "T15→T17 F"] == "64.70"
    assert texts["UMGF", "T15→T17 F"] == "62.74"


def test_seconds_and_parameters_are_in_the_units_of_the_paper(beside, run):
    # The record times the tagging of all views, of which there are two here.
    [comparison] = beside(
        "maf/table3", [record.model_copy(update={"timings": {"test": 24.0}}) for record in run("umt-x", 0.73)]
    )
    texts = cells(comparison)
    assert texts["UMT-BERT-CRF", "T15 Training"] == "102.035 / 90.000 / -12.035"
    assert texts["UMT-BERT-CRF", "Size (M)"] == "208.29 / 108.00 / -100.29"
    assert texts["UMT-BERT-CRF", "T15 Testing"] == "30.002 / 12.000 / -18.002"
    assert "ResNet-152" in dict(side_by_side_legend(comparison))["our parameters"]


def test_counts_are_those_of_the_card_while_the_files_are_the_cards(make, beside):
    prints = load_card("twitter15").fingerprints
    for fingerprints, says in ((prints, "6,176 [3] / 6,166 / -10"), ({**prints, "train": "other"}, "6,176 [3]")):
        spec = make.spec("majority").model_copy(
            update={"dataset": DatasetRef(name="twitter15", fingerprints=fingerprints)}
        )
        [comparison] = beside("maf/table1", [make.record(spec, 0.3)])
        texts = cells(comparison)
        assert texts["Total", "T15 Train"] == says
        assert texts["Total", "T17 Train"] == "6,049"
        cells_line = dict(side_by_side_legend(comparison)).get("cells", "")
        assert cells_line.endswith("what the files hold") == (fingerprints is prints)
    texts = cells(
        beside(
            "hamlearning/table6",
            [
                make.record(
                    make.spec("majority").model_copy(
                        update={"dataset": DatasetRef(name="twitter15", fingerprints=prints)}
                    ),
                    0.3,
                )
            ],
        )[0]
    )
    assert (texts["PER", "T15 Test"], texts["Tweets", "T15 Test"]) == ("1,816 / 1,816 / 0", "3,257 / 3,257 / 0")


def test_texts_in_pictures_are_those_that_tesseract_read_in_runs_on_the_cards_files(make, beside):
    texts = PictureTexts(pictures=8000, with_text=2000, words=50_000)
    prints = load_card("twitter15").fingerprints
    for source, fingerprints, shown in (
        ("tesseract@min=0.5", prints, True),
        ("file", prints, False),
        ("tesseract", {**prints, "train": "other"}, False),
    ):
        data = DatasetRef(name="twitter15", fingerprints=fingerprints, inputs={"ocr": "0"}, sources={"ocr": source})
        record = make.record(make.spec("ita-oca").model_copy(update={"dataset": data}), 0.7)
        records = [record.model_copy(update={"picture_texts": {"ocr": texts}})]
        [comparison] = beside("ita/table6", records)
        [table] = json.loads(json_report(beside.tables("ita/table6", records)))["tables"]
        assert list(table["conditions"]["picture_texts"]) == [f"ocr {source}"]
        numbers = cells(comparison)
        assert numbers["Num Sents w/ OCR", "Twitter-15"] == "2,049" + " / 2,000 / -49" * shown
        assert numbers["Num Sents w/ OCR / Total Sents (%)", "Twitter-15"] == "24.72" + " / 25.00 / +0.28" * shown
        assert numbers["Avg. Length", "Twitter-15"] == "27.72" + " / 25.00 / -2.72" * shown
        assert numbers["Avg. Length", "SNAP"] == "28.93"


def test_rows_of_two_encoders_keep_to_their_own_runs(beside, run):
    both = run("bert-crf", {"t": 0.74}) + run("bert-crf", {"t": 0.78}, encoder=XLMR)
    texts = cells(beside("ita/table1", both)[0])
    assert texts[("BERT-CRF", "BERT-CRF"), "T15 T"] == "74.79 / 74.00 / -0.79"
    assert texts[("XLMR-CRF", "XLMR-CRF"), "T15 T"] == "77.37 / 78.00 / +0.63"
    texts = cells(beside("ita/table1", run("bert-crf", {"t": 0.74}))[0])
    assert texts[("XLMR-CRF", "XLMR-CRF"), "T15 T"] == "77.37"


def test_runs_under_other_conditions_stand_there_with_a_remark_the_nearest_first(beside, run):
    [comparison] = beside("maf/table4", run("maf", 0.70, encoder=XLMR, **under("maf", epochs=1)))
    assert cells(comparison)["MAF", "T15 F1"] == "73.32 [1] / 70.00 / -3.32"
    assert dict(side_by_side_legend(comparison))["ours is of other encoder, epochs"] == "MAF"
    [comparison] = beside(
        "maf/table4",
        run("maf", 0.70, encoder=XLMR, **under("maf"))
        + run("maf", 0.74, **under("maf"))
        + run("maf", 0.71, **{**under("maf", config={"dropout": 0.2}, batch_size=16), "protocol": "equal"}),
    )
    assert cells(comparison)["MAF", "T15 F1"] == "73.32 [1] / 74.00 / +0.68"
    assert not [name for name, _ in side_by_side_legend(comparison) if name.startswith("ours is of other")]


def test_the_suite_of_a_table_shows_every_row_and_says_why_some_have_no_number(beside, run):
    [comparison] = beside(
        "ita/table4", run("ita-joint", 0.75), not_run={"ita-random on twitter15": "no captions\n  -> get them"}
    )
    assert [row.system for row in comparison.rows] == [row.system for row in published_tables()["ita/table4"].rows]
    names = {row[1]: row[2] for row in sheet_texts(side_by_side_sheets(comparison)[0])}
    assert names["ITA-GA_BU"] == names["ITA-LA_BU"] == "published only"
    lines = side_by_side_legend(comparison)
    reason = "the tags were not released, and no detector here has bottom-up attention's classes"
    assert ("published only: ITA-LA_BU", reason) in lines
    assert ("no number of ours: ITA-Random", "no captions -> get them") in lines
    assert (
        "no number of ours: ITA-OCA_Paddle, BERT-CRF+ImgFeat, VinVL-CRF, BERT+VinVL-CRF, RpBERT w/o Rp, ITA-All+CVA",
        "not among the runs here",
    ) in lines
    # What our files could give under its name is not what the paper measured.
    [comparison] = beside("ita/table4", run("ita-la", 0.75))
    assert cells(comparison)[("", "ITA-LA_BU"), "T15 I+T"] == "75.18"


def test_a_suite_of_some_rows_shows_those_alone(beside, run):
    two, four = beside("reproduce/maf", run("maf", 0.74))
    assert [row.system for row in two.rows] == ["UMT-BERT-CRF", "MAF (Ours)"]
    assert [row.system for row in four.rows] == ["w/o CA", "w/o CM", "w/o CA + CM"]
    assert "published only" not in " ".join(name for name, _ in side_by_side_legend(two))
    marks = {word for text in cells(two).values() for word in text.split() if word.startswith("[")}
    assert marks == {name for name, _ in side_by_side_legend(two) if name.startswith("[")}


def test_a_row_that_repeats_another_table_is_not_beside_runs_with_other_settings(beside, run):
    texts = cells(beside("ita/table3", run("bert-crf", {"t": 0.74}))[0])
    assert texts[("Our reproductions", "BERT-CRF_UMT-Improved"), "T15 F1"] == "72.53 / 74.00 / +1.47"
    assert texts[("Reported", "BERT-CRF_Ours"), "T15 F1"] == "74.79"


def test_runs_with_several_settings_are_not_mixed_up(beside, run):
    records = run("maf", 0.74) + run("maf", 0.70, config={"dropout": 0.5})
    [comparison] = beside("maf/table4", records)
    assert not comparison.numbers
    line = ("no number of ours: MAF", "run with several settings; --suite reports one suite alone")
    assert line in side_by_side_legend(comparison)


def test_an_unfinished_row_says_how_far_it_is(make, beside, run):
    records = run("maf", 0.74)[:3]
    specs = [make.spec("maf", seed, dataset="twitter15", encoder=CASED, protocol="paper") for seed in range(5)]
    [comparison] = side_by_side(leaderboard(records, [make.grid(specs, "maf/table4", baseline=None)]))
    assert cells(comparison)["MAF", "T15 F1"] == "73.32 [1] / 74.00 (3/5) / +0.68"


def test_a_difference_of_rows_is_that_of_ours(beside, run):
    [comparison] = beside("ita/table5", run("bert-crf", {"t": 0.70}) + run("ita-all+cva", {"it": 0.713}))
    texts = cells(comparison)
    assert texts[("Twitter-15", "Δ"), "LOC P"] == "1.1 / 1.3 / +0.2"
    assert texts[("Twitter-15", "Δ"), "PER P"] == "-0.2 / 1.3 / +1.5"
    assert texts[("Twitter-17", "Δ"), "LOC P"].count("/") == 0
    [comparison] = beside("ita/table5", run("ita-all+cva", {"it": 0.7125}))
    assert cells(comparison)[("Twitter-15", "Δ"), "LOC P"] == "1.1"


def test_the_best_of_several_is_beside_nothing(beside, run):
    texts = cells(beside("ita/table2", run("ita-all+cva", 0.76))[0])
    assert texts[("Our reproductions", "Ours: ITA-All+CVA"), "T15 F1"].startswith("76.01 [")
    assert "/" not in texts[("Our reproductions", "Ours: ITA-All+CVA"), "T15 F1"]


def test_columns_are_cut_by_dataset_where_they_are_too_many(beside, run):
    first, second = side_by_side_sheets(beside("maf/table2", run("maf", 0.74))[0])
    assert (titles(first)[3], titles(second)[3], len(first.columns), len(second.columns)) == (
        "T15 PER",
        "T17 PER",
        10,
        10,
    )
    types = side_by_side_sheets(beside("ita/table5", run("ita-all+cva", 0.74))[0])
    assert [titles(sheet)[4] for sheet in types] == ["LOC P", "PER P"]


@pytest.mark.parametrize("name", list(published_tables()))
def test_every_table_can_be_shown_beside_no_runs_at_all(name, beside, run):
    [comparison] = beside(name, run("bert", {"t": 0.7}, "elsewhere"))
    sheets = side_by_side_sheets(comparison)
    assert all(len(sheet.rows) == len(published_tables()[name].rows) for sheet in sheets)
    assert all(sum(not column.names for column in sheet.columns) <= WIDEST for sheet in sheets)
    assert not comparison.numbers
    assert not [text for text in cells(comparison).values() if "/" in text]
    numbers = [number_lines_sheet(comparison, sheet) for sheet in sheets]
    assert not [
        sheet_of_numbers for sheet_of_numbers in numbers if sheet_of_numbers is not None and sheet_of_numbers.rows
    ]
    assert "cells" not in dict(side_by_side_legend(comparison))


def test_page_and_terminal_show_it_and_reports_of_other_suites_do_not(beside, run):
    tables = beside.tables("maf/table4", run("maf", 0.74))
    page = markdown_report(tables)
    assert "## MAF Table 4: MAF without its alignment and matching modules" in page
    assert "| 73.32 [1] / 74.00 / +0.68 |" in page.replace("\\", "")
    screen = Console(width=110, record=True, file=io.StringIO())
    print_leaderboard(tables, screen, details=True)
    line = next(line for line in screen.export_text().splitlines() if "T15 F1" in line)
    assert line.split() == ["MAF", "maf", "T15", "F1", "73.32", "74.00", "+0.68"]
    assert beside("mine", run("maf", 0.74)) == []


def test_slices_find_the_f1_of_the_slice(beside, run):
    records = run("bert-crf", {"t": 0.7}, encoder=EncoderRef(name="bert-base-uncased", digest="u" * 64))
    tables = beside.tables("can-images-help/table6", records)
    sliced = [replace(t, rows=tuple(replace(row, slices={"seen": 0.9}) for row in t.rows)) for t in tables]
    texts = cells(side_by_side(sliced)[0])
    key = ("Unimodal Baseline (Text only)", "BERT + CRF")
    assert texts[key, "T15 Seen"] == "84.74 / 90.00 / +5.26"
    assert texts[key, "T15 Unseen"] == "65.36"


def test_tweets_that_captions_break_stand_beside_table_5(make, beside):
    uncased = EncoderRef(name="bert-base-uncased", digest="u" * 64)
    records = make.seeds("bert-crf", [{"t": 0.5}] * 5, dataset="snap", encoder=uncased)
    records += make.seeds("bert-captions", [{"it": 0.6}] * 5, dataset="snap", encoder=uncased)
    table = leaderboard(
        records, [make.grid([r.spec for r in records], "can-images-help/table5", baseline="bert-crf")], "bert-crf"
    )[0]
    changed = ChangedTweets(mended=70, broken=68, f1_on_broken=0.61)
    rows = [
        replace(row, comparison=replace(row.comparison, changed=changed)) if row.comparison is not None else row
        for row in table.rows
    ]
    texts = cells(side_by_side([replace(table, rows=tuple(rows))])[0])
    assert texts["BERT + CRF + Caption, generated captions", "T17 Test F1"] == "64.61 / 61.00 / -3.61"
    assert texts["BERT + CRF + Caption, corrected captions", "T17 Test F1"] == "66.90"
    # Broken is what the baseline has right: another baseline breaks other tweets.
    other = replace(table, rows=tuple(rows), baseline="umt")
    assert cells(side_by_side([other])[0])["BERT + CRF + Caption, generated captions", "T17 Test F1"] == "64.61"
