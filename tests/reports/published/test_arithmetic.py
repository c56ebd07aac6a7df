"""Published numbers and arithmetic: sums, means of parts, recalls of whole mentions, results of the papers' texts."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest

from mnerbench.datasets.catalog import load_card
from mnerbench.reports.published.loading import published_table, published_tables
from mnerbench.reports.published.measures import Kind, Metric


def half(value):
    """Half a unit of the last printed digit."""
    return Decimal(5).scaleb(value.as_tuple().exponent - 1)


def cells():
    return [(table, cell) for table in published_tables().values() for cell in table.cells()]


def test_totals_are_the_sums_of_their_parts():
    for table in ("maf/table1", "hamlearning/table6"):
        *parts, total, _ = published_table(table).rows
        assert [sum(column) for column in zip(*(row.values for row in parts), strict=True)] == list(total.values)
    with_text, all_of_them, percent, _ = published_table("ita/table6").rows
    for part, whole, share in zip(with_text.values, all_of_them.values, percent.values, strict=True):
        assert abs(100 * part / whole - share) <= half(share)


@pytest.mark.parametrize("part", ["type", "slice"])
def test_the_whole_lies_between_its_parts(part):
    """Micro F1 is a mean of the F1 of types, or of slices, weighted by the predicted and gold mentions of each."""
    whole, parts = {}, defaultdict(list)
    for table, cell in cells():
        scope = cell.scope
        if (
            scope.metric is Metric.F1
            and scope.kind is not Kind.DIFFERENCE
            and scope.split is None
            and scope.slice != "made wrong by captions"
        ):
            key = (
                table.id.partition("/")[0],
                cell.row.origin,
                cell.row.method or cell.row.system,
                scope.dataset,
                scope.kind,
                scope.view,
            )
            if scope.type is scope.slice is scope.trained_on is None and cell.row.inputs is None:
                whole.setdefault(key, cell.value)
            elif getattr(scope, part) in {"PER", "LOC", "ORG", "MISC", "seen", "unseen"}:
                parts[key].append(cell.value)
    both = whole.keys() & parts.keys()
    assert len(both) > 15
    for key in both:
        assert min(parts[key]) <= whole[key] <= max(parts[key]), key


def test_the_seen_lie_between_the_ambiguous_and_the_others():
    for row in published_table("can-images-help/table6").rows:
        seen_f1, _, ambiguous, other = row.values[:4]
        assert ambiguous < seen_f1 < other


def test_which_recalls_on_twitter17_cannot_be_those_of_one_run():
    """Of 1,351 mentions, a recall is a whole number of 1,351sts; a mean of runs, or other files, need not be."""
    mentions = load_card("twitter17").sizes["test"].entities
    odd = set()
    for table, cell in cells():
        scope = cell.scope
        if (scope.kind, scope.metric, scope.dataset) == (Kind.ONE_RUN, Metric.RECALL, "twitter17"):
            entities = (cell.value * mentions / 100).to_integral_value(ROUND_HALF_UP)
            if abs(100 * entities / mentions - cell.value) > half(cell.value):
                odd.add((table.id.partition("/")[0], cell.row.system, str(cell.value)))
    assert odd == {
        ("maf", "w/o CA + CM", "84.30"),
        ("hamlearning", "UMGF", "84.50"),
        ("hamlearning", "MRC-MNER", "85.00"),
        ("hamlearning", "HamLearning", "87.28"),
        ("hamlearning", "Default", "87.28"),
        ("hamlearning", "3", "87.28"),
        ("hamlearning", "Faster RCNN", "87.28"),
        ("hamlearning", "w/o RM", "85.19"),
        ("hamlearning", "5", "86.57"),
        ("hamlearning", "UMT", "55.23"),
        ("hamlearning", "HamLearning", "59.40"),
    }


def test_the_best_of_five_is_no_less_than_their_mean():
    best = published_table("ita/table2").rows[-1]
    mean = published_table("ita/table1").rows[8]
    assert best.method == mean.method == "ita-all+cva"
    for index, value in enumerate(best.values):
        assert value >= max(mean.values[2 * index : 2 * index + 2])


def test_what_the_text_says_of_maf_table_3_follows_from_it():
    """§4.6: training 14.91 % and 14.21 % faster, testing 14.61 % and 13.23 %."""
    umt, maf = (row.values[:4] for row in published_table("maf/table3").rows)
    faster = [round(100 * (1 - ours / theirs), 2) for theirs, ours in zip(umt, maf, strict=True)]
    assert [str(ratio) for ratio in faster] == ["14.91", "14.61", "14.21", "13.23"]
