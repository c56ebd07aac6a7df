"""Published numbers against each other: every contradiction has a note, and every such note is necessary and true."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from mnerbench.datasets.catalog import card_names, load_card
from mnerbench.reports.published.loading import papers, published_table, published_tables
from mnerbench.reports.published.measures import Against, Kind, Metric

TABLES = published_tables()
PARTS = (Metric.PRECISION, Metric.RECALL, Metric.F1)
SPLITS = ("train", "valid", "test")


def half(value):
    """Half a unit of the last printed digit."""
    return Decimal(5).scaleb(value.as_tuple().exponent - 1)


def harmonic(p, r):
    return 2 * p * r / (p + r)


def cells(*kinds):
    """(table, cell) of all papers, of some kinds or of all except differences."""
    for table in TABLES.values():
        for cell in table.cells():
            if cell.scope.kind in kinds if kinds else cell.scope.kind is not Kind.DIFFERENCE:
                yield table, cell


def name(table, cell):
    return table.id, cell.row.section, cell.row.system, cell.column.name


def noted(against):
    """Notes that claim such a contradiction, by cell."""
    return {
        name(table, cell): note.text
        for table in TABLES.values()
        for cell in table.cells()
        for note in cell.notes
        if note.against is against
    }


def trios():
    """Precision, recall and F1 of the same mentions in a row."""
    by_row = defaultdict(dict)
    for table, cell in cells():
        scope = cell.scope
        if scope.metric in PARTS:
            key = (table.id, cell.row.section, cell.row.system, scope.dataset, scope.type, scope.slice, scope.split)
            by_row[key][scope.metric] = (table, cell)
    return [[trio[part] for part in PARTS] for trio in by_row.values() if len(trio) == 3]


def test_f1_is_that_of_the_printed_precision_and_recall_or_a_note_says_what_they_give():
    wrong = {}
    for (_, p), (_, r), (table, f1) in trios():
        low = harmonic(p.value - half(p.value), r.value - half(r.value))
        high = harmonic(p.value + half(p.value), r.value + half(r.value))
        if f1.value + half(f1.value) < low or f1.value - half(f1.value) > high:
            wrong[name(table, f1)] = harmonic(p.value, r.value).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert len(trios()) == 132
    notes = noted(Against.PRECISION_AND_RECALL)
    assert notes.keys() == wrong.keys()
    for position, text in notes.items():
        assert f"precision and recall give {wrong[position]}" in text, position


def same_runs():
    """Numbers of the same runs or counts in several tables."""
    numbers = defaultdict(list)
    for table, cell in cells():
        scope, paper = cell.scope, papers()[table.id.partition("/")[0]].name
        if scope.metric in (Metric.TWEETS, Metric.ENTITIES):
            key = (scope.metric, scope.dataset, scope.type, scope.split)
        else:
            system = cell.row.method or cell.row.system
            key = (cell.row.origin or paper, system, *(value for _, value in scope))
        numbers[key].append((table, cell))
    return [group for group in numbers.values() if len(group) > 1]


def test_the_same_number_in_two_tables_is_the_same_or_a_note_names_the_other():
    wrong = {}
    for group in same_runs():
        values = {cell.value for _, cell in group}
        if len(values) > 1:
            wrong |= {name(table, cell): values - {cell.value} for table, cell in group}
    assert len(same_runs()) > 150
    notes = noted(Against.ANOTHER_TABLE)
    assert notes.keys() == wrong.keys()
    for position, text in notes.items():
        assert any(str(other) in text for other in wrong[position]), position


def counted(scope):
    """The count of a dataset's card for a table's number; entities of the papers are `B-` labels."""
    sizes = load_card(scope.dataset).sizes
    of = [sizes[split] for split in (SPLITS if scope.split == "all" else (scope.split,))]
    if scope.metric is Metric.TWEETS:
        return sum(size.tweets for size in of)
    return sum(size.b_tags if scope.type is None else size.b_tags_by_type[scope.type] for size in of)


def counts():
    return [(t, c) for t, c in cells() if c.scope.metric in (Metric.TWEETS, Metric.ENTITIES)]


def test_counts_are_those_of_the_corpus_or_a_note_says_what_the_files_hold():
    pairs = [(table, cell) for table, cell in counts() if cell.scope.dataset != "snapchat"]
    wrong = {name(t, c): counted(c.scope) for t, c in pairs if c.value != counted(c.scope)}
    notes = noted(Against.THE_CORPUS)
    assert notes.keys() == wrong.keys()
    for position, text in notes.items():
        assert f"{wrong[position]:,}" in text, position


def test_recalls_of_one_run_are_whole_numbers_of_entities_or_a_note_says_so():
    """On Twitter-2017, of whose files there is one version: k / 1,351, rounded to the digits that are printed."""
    entities = load_card("twitter17").sizes["test"].b_tags
    recalls = [
        (table, cell)
        for table, cell in cells(Kind.ONE_RUN)
        if cell.scope.metric is Metric.RECALL and cell.scope.dataset == "twitter17" and cell.scope.type is None
    ]
    possible = {round(Decimal(100 * found) / entities, 2) for found in range(entities + 1)}
    broken = {name(table, cell) for table, cell in recalls if cell.value not in possible}
    assert noted(Against.WHOLE_ENTITIES).keys() == broken
    assert len(recalls) > 3 * len(broken) > 0


def test_the_entities_that_papers_count_are_those_of_the_original_release():
    for _, cell in counts():
        if cell.scope.dataset == "twitter15" and cell.scope.split != "all":
            assert cell.value == counted(cell.scope.model_copy(update={"dataset": "twitter15-original"}))


def test_every_dataset_has_a_card_but_the_one_that_was_never_released():
    named = {cell.scope.dataset for _, cell in cells()} | {cell.scope.trained_on for _, cell in cells()}
    assert named - {None} - set(card_names()) == {"snapchat"}


def differences():
    """(table, cell of a difference, what the two rows above it give)."""
    for table in TABLES.values():
        for index, row in enumerate(table.rows):
            if row.kind is Kind.DIFFERENCE:
                before, after = table.rows[index - 2 : index]
                for cell in (cell for cell in table.cells() if cell.row is row):
                    at = table.columns.index(cell.column)
                    yield table, cell, after.values[at] - before.values[at]


def test_differences_are_those_of_the_rows_above_or_a_note_says_no():
    far = {name(t, cell) for t, cell, real in differences() if abs(cell.value - real) > 3 * half(cell.value)}
    assert far == noted(Against.THE_ROWS_ABOVE).keys()
    assert len(far) == 12


def test_exchanging_the_two_rows_mends_all_but_two_of_those_differences():
    far = {
        cell.column.name
        for _, cell, real in differences()
        if cell.row.section == "SNAP" and abs(cell.value + real) > 3 * half(cell.value)
    }
    remark = next(note for note in published_table("ita/table5").rows[-1].notes if note.against is None)
    assert far == set(remark.columns)
