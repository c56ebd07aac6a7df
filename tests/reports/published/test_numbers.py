"""Single numbers looked up in the papers, names of methods, and rows that can never run."""

import hashlib
from decimal import Decimal

import pytest

from mnerbench.methods.registry import methods
from mnerbench.reports.published.loading import PAPERS, papers, published_table, published_tables
from mnerbench.reports.published.measures import Kind, Metric

METHODS = {entry.name for entry in methods()}

# Of each table's cells in the order of print, gaps as "-": computed from the text of the papers, not from our files.
DIGESTS = {
    "maf/table1": "778a54c6b89d",
    "maf/table2": "066015a520ee",
    "maf/table3": "634b18b5c255",
    "maf/table4": "0fb7743d6761",
    "hamlearning/table1": "ec77049aa9d4",
    "hamlearning/table2": "63a92c452550",
    "hamlearning/table3": "a71b5639ced7",
    "hamlearning/table4": "1b3f819afc7f",
    "hamlearning/table5": "b5544203ca53",
    "hamlearning/table6": "778a54c6b89d",
    "can-images-help/table1": "00c465db7fe4",
    "can-images-help/table2": "9a7fe133ef54",
    "can-images-help/table4": "923f7ad74dd3",
    "can-images-help/table5": "2cf5c49fd582",
    "can-images-help/table6": "81f1669180b8",
    "ita/table1": "de499a77d9e1",
    "ita/table2": "a1e4dc9fe49f",
    "ita/table3": "d37cb51dad9f",
    "ita/table4": "22e3ae8b09bb",
    "ita/table5": "9b3abc0c60fb",
    "ita/table6": "4cec917f8de8",
}

SPOTS = """
ita/table1 | BERT-CRF | BERT-CRF | SNAP T | 85.98
ita/table1 | BERT-CRF | ITA-LA+CVA | T17 I+T | 85.62
ita/table1 | XLMR-CRF | ITA-OCA | T15 I+T | 77.94
ita/table1 | XLMR-CRF | ITA-All+CVA | SNAP I+T | 90.15
ita/table2 | Reported F1 of previous approaches | RpBERT_base | SNAP F1 | 87.40
ita/table2 | Our reproductions | RpBERT_base | T15 F1 | 67.21
ita/table2 | Our reproductions | Ours: ITA-All+CVA | T17 F1 | 86.45
ita/table3 | Our reproductions | BERT-CRF_UMT-Improved | T15 F1 | 72.53
ita/table3 | Our reproductions | UMT_Improved | T17 F1 | 84.50
ita/table4 | | VinVL-CRF | SNAP I+T | 74.53
ita/table4 | | ITA-Joint | T17 T | 85.31
ita/table4 | References | RpBERT w/o Rp | T15 I+T | 72.60
ita/table5 | Twitter-17 | ITA-All+CVA | OTHER P | 73.7
ita/table5 | Twitter-15 | Δ | ORG R | -0.4
ita/table5 | SNAP | BERT-CRF | PER F1 | 91.2
ita/table6 | | Total Sents | Twitter-15 | 8288
ita/table6 | | Avg. Length | SNAP | 28.93
ita/fig2 | | ITA-GA | captions up to which SNAP F1 rises | 5
maf/table1 | | ORG | T17 Train | 1674
maf/table1 | | # Tweets | T15 Test | 3257
maf/table2 | | BiLSTM-CRF | T15 MISC | 26.80
maf/table2 | | T-NER | T15 F1 | 69.09
maf/table2 | | GVATT-HBiLSTM-CRF | T17 P | 83.41
maf/table2 | | UMT-BERT-CRF | T17 MISC | 70.10
maf/table2 | | MAF (Ours) | T17 F1 | 86.25
maf/table3 | | UMT-BERT-CRF | T15 Training | 102.035
maf/table3 | | MAF | T17 Testing | 5.450
maf/table3 | | MAF | Size (M) | 196.28
maf/table4 | | w/o CA + CM | T17 P | 82.90
hamlearning/table1 | Text+Image | ITA | T15 PER | 85.6
hamlearning/table1 | Text+Image | MGCMT | T17 ORG | 86.26
hamlearning/table1 | Text+Image | HVPNeT | T17 R | 87.93
hamlearning/table1 | Text+Image | HamLearning | T15 F1 | 76.49
hamlearning/table2 | | w/o RM | T17 R | 85.19
hamlearning/table3 | | 4 | T17 P | 87.01
hamlearning/table4 | | UMT | T15→T17 R | 55.23
hamlearning/table5 | | Mask RCNN | T15 F | 76.33
hamlearning/table6 | | MISC | T15 Val | 225
can-images-help/table1 | Multimodal fusion with global image features | BERT + VAM + CRF | T15 F1 | 69.80
can-images-help/table1 | Multimodal fusion with image captions | BERT + CRF + Captions | T17 Recall | 87.49
can-images-help/table2 | | Snapchat | Avg length (characters) | 37
can-images-help/table4 | | BERT + CRF + Caption | Dev F1 | 51.61
can-images-help/table5 | | BERT + CRF + Caption, corrected captions | T17 Test F1 | 66.90
can-images-help/table6 | Multimodal fusion with global image features | BERT + VAM + CRF | T15 Ambiguous | 71.55
can-images-help/table6 | Multimodal fusion with image captions | VisualBERT + CRF + Captions | T17 Unseen | 74.54
after-2022/more-text | Twitter-2015 | MoRe-Text | F1 | 77.79
after-2022/more-text | Twitter-2017 | MoRe-Text | F1 | 89.49
after-2022/more-image | Twitter-2015 | MoRe-Image | F1 | 77.57
after-2022/more-image | Twitter-2017 | MoRe-Image | F1 | 90.28
after-2022/pgim | Twitter-2015 | PGIM | F1 | 79.33
after-2022/pgim | Twitter-2017 | PGIM | F1 | 91.43
after-2022/mkgformer | Twitter-2017 | MKGformer | F1 | 87.49
can-images-help/fig2 | | BERT + CAM + CRF | words up to which pictures help | 7
"""


@pytest.mark.parametrize("spot", SPOTS.strip().splitlines())
def test_a_number_is_the_papers_with_the_digits_it_prints(spot):
    table, section, system, column, value = (part.strip() for part in spot.split("|"))
    [cell] = (
        cell
        for cell in published_table(table).cells()
        if (cell.row.section, cell.row.system, cell.column.name) == (section, system, column)
    )
    assert str(cell.value) == value


@pytest.mark.parametrize("name", DIGESTS)
def test_all_cells_of_a_table_are_those_of_the_paper(name):
    values = [value for row in published_table(name).rows for value in row.values]
    printed = " ".join("-" if value is None else str(value) for value in values)
    assert hashlib.sha256(printed.encode()).hexdigest()[:12] == DIGESTS[name]


def test_every_table_and_figure_with_systems_is_there():
    ids = {paper: [table.id for table in papers()[paper].tables] for paper in PAPERS}
    assert ids["ita"] == [f"ita/table{n}" for n in range(1, 7)] + [f"ita/fig{n}" for n in (2, 3, 4, 5)]
    assert ids["maf"] == [f"maf/table{n}" for n in range(1, 6)]
    assert ids["hamlearning"] == [
        f"hamlearning/{what}" for what in (*(f"table{n}" for n in range(1, 7)), "fig4", "table7")
    ]
    assert ids["can-images-help"] == [
        *(f"can-images-help/table{n}" for n in range(1, 7)),
        *(f"can-images-help/fig{n}" for n in (1, 2, 3)),
    ]
    systems = [table.id for table in papers()["after-2022"].tables]
    assert systems == [f"after-2022/{name}" for name in ("more-text", "more-image", "pgim", "mkgformer")]


def test_no_number_is_zero_and_only_cases_have_none_at_all():
    for table in published_tables().values():
        assert all(cell.value for cell in table.cells())
        assert (not table.columns) == (table.kind is Kind.CASES)


def test_every_method_is_a_name_that_users_type():
    named = {row.method for table in published_tables().values() for row in table.rows} - {None}
    assert named <= METHODS
    assert {"visualbert-tam", "adacan-cnn-bilstm-crf", "bert-captions", "hamlearning-l5", "ita-all+cva"} <= named


def test_a_row_without_a_method_says_why_or_is_no_system():
    for table in published_tables().values():
        for row in table.rows:
            if row.method is None and table.kind is not Kind.COUNT and row.kind is not Kind.DIFFERENCE:
                assert row.published_only, (table.id, row.system)


def test_scores_say_of_how_many_runs_and_on_what():
    for table in published_tables().values():
        for cell in table.cells():
            if cell.scope.metric in (Metric.F1, Metric.PRECISION, Metric.RECALL):
                assert cell.scope.dataset is not None
                assert cell.scope.kind in {Kind.MEAN_OF_5, Kind.BEST_OF_5, Kind.ONE_RUN, Kind.DIFFERENCE}
                assert Decimal(20) < cell.value < Decimal(96) or cell.scope.kind is Kind.DIFFERENCE


def test_what_the_notes_say_about_cells_is_part_of_what_they_measure():
    datasets = {
        (c.row.system, c.column.name): c.scope.dataset for c in published_table("can-images-help/table1").cells()
    }
    assert datasets["BERT + CRF", "T17 F1"] == "snap"
    assert datasets["Yu et al. (2020)", "T17 F1"] == "twitter17"
    assert datasets["Yu et al. (2020)", "T15 F1"] == "twitter15"
