"""Every table and figure of the papers is a shipped suite that names what its rows name."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch

import pytest

from mnerbench.benchmark.planning.resolve import resolve
from mnerbench.benchmark.planning.suite import SUITES, load_suite, suite_names
from mnerbench.datasets.catalog import card_names
from mnerbench.datasets.inputs import DEFAULT_SOURCES
from mnerbench.methods.registry import methods
from mnerbench.reports.published.loading import GROUPS, PAPERS, papers, published_table, published_tables
from mnerbench.reports.published.measures import Kind

COUNTS = "a table of counts: a method without training represents the dataset"
TEXT_ONLY = "the text-only model that the table compares with has no row"
SNAPCHAT = "rows of a dataset that was never released; they run for those who have it"
# Methods that a suite has in addition to the rows of its table, methods that it omits, and why.
DIFFERENCES = {
    **dict.fromkeys(("maf/table1", "hamlearning/table6", "can-images-help/table2"), ({"majority"}, set(), COUNTS)),
    "after-2022/mkgformer": ({"bert-crf-x"}, set(), TEXT_ONLY),
    "ita/table6": ({"ita-oca"}, set(), "a table of counts of the texts that this method reads"),
    "after-2022/pgim": ({"bert-crf"}, set(), "the score of its text-only baseline is not known here"),
    "can-images-help/table3": ({"bert-crf"}, set(), TEXT_ONLY),
    "can-images-help/table4": ({"bert-crf", "bert-captions"}, set(), SNAPCHAT),
    "can-images-help/table5": ({"bert-crf"}, set(), "it defines the tweets that captions make wrong"),
    "ita/fig2": (
        {"bert-crf", *(f"ita-ga-{k}" for k in (1, 2, 3, 4, 6, 8, 10))},
        set(),
        "one row of numbers; its curve has a point for every number of captions, and begins without any",
    ),
}
# A dataset that no suite but one can have.
NEVER_RELEASED = "snapchat"
# Other copies of a dataset, on which some rows were measured.
COPIES = {"twitter15-umgf", "twitter15-hvpnet"}
TABLES = list(published_tables())


def test_the_suites_of_a_paper_are_its_tables_and_figures():
    assert {name for name in suite_names() if name.partition("/")[0] in (*PAPERS, *GROUPS)} == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_suite_names_the_methods_of_the_rows_of_its_table(name):
    suite, table = load_suite(name), published_table(name)
    more, less, _ = DIFFERENCES.get(name, (set(), set(), ""))
    rows = {row.method for row in table.rows if row.method is not None and row.published_only is None}
    assert set(suite.all_names) == (rows | more) - less
    assert not more & rows
    assert less <= rows


@pytest.mark.parametrize("name", TABLES)
def test_every_method_of_a_suite_exists(name):
    registered = {entry.name for entry in methods()}
    for part in load_suite(name).resolved_parts:
        assert set(part.methods) <= registered | set(part.variants)


@pytest.mark.parametrize("name", TABLES)
def test_a_suite_names_a_source_of_every_input_that_has_no_default(name):
    for part in load_suite(name).resolved_parts:
        for method in part.methods:
            resolved = resolve(method, part, methods())
            sources = {**DEFAULT_SOURCES, **resolved.sources}
            assert all(sources[kind] for kind in resolved.config.inputs), method


@pytest.mark.parametrize("name", TABLES)
def test_a_suite_has_the_datasets_of_its_table_and_its_paper_in_its_title(name):
    suite, table = load_suite(name), published_table(name)
    in_table = {
        dataset
        for scope in (table, *table.columns, *table.rows, *(note for row in table.rows for note in row.notes))
        for dataset in (scope.dataset, getattr(scope, "trained_on", None))
        if dataset is not None
    }
    expected = in_table - COPIES - ({NEVER_RELEASED} if name != "can-images-help/table4" else set())
    if name == "can-images-help/table1":
        expected -= {"twitter17"}  # a score on other data in the row of UMT
    assert set(suite.datasets) >= expected
    assert expected == set(suite.datasets) or not expected
    assert set(suite.datasets) <= {*card_names(None), NEVER_RELEASED}
    if name.partition("/")[0] in GROUPS:
        system, _, paper = table.source.replace(",", " (").partition(" (")
        assert suite.title.startswith(f"{system} (")
        assert paper.removesuffix(")").rpartition("(")[2] in suite.title
        return
    paper, number = papers()[name.partition("/")[0]].name, table.source.rpartition(" ")[2]
    kind = "Figure" if "/fig" in name else "Table"
    assert suite.title.startswith(f"{paper} (")
    assert f"), {kind} {number}: " in suite.title


@pytest.mark.parametrize("name", TABLES)
def test_a_suite_that_trains_has_five_seeds_its_papers_settings_and_a_baseline(name):
    suite, table = load_suite(name), published_table(name)
    if table.kind is Kind.COUNT:
        assert (suite.all_names, suite.baseline) in [(("majority",), None), (("ita-oca",), "ita-oca")]
        return
    assert suite.seeds == (0, 1, 2, 3, 4)
    assert {part.protocol.value for part in suite.resolved_parts} == {"paper"}
    assert suite.baseline in suite.all_names or suite.all_names == ("bert-vam",)


@pytest.mark.parametrize("name", TABLES)
def test_a_row_is_run_with_the_encoder_that_its_paper_names(name):
    table, encoders = published_table(name), {}
    for part in load_suite(name).resolved_parts:
        for method in part.methods:
            encoders.setdefault(method, set()).add(part.encoder)
    for row in table.rows:
        encoder = row.encoder or table.encoder
        if encoder is not None and row.method is not None and row.published_only is None:
            # Papers that say `BERT base` may mean the cased or the uncased model.
            assert any(name.startswith(encoder) for name in encoders[row.method]), row.system


def test_special_suites_have_the_settings_of_their_tables():
    assert load_suite("hamlearning/table4").transfer
    assert load_suite("can-images-help/fig3").train_tweets == (250, 500, 1000, 2000, "all")
    parts = load_suite("ita/table1").resolved_parts
    xlmr, bert = (next(p for p in parts if p.encoder.startswith(encoder)) for encoder in ("xlm", "bert"))
    assert {**bert.pinned, "lr_encoder": 5e-6, "lr_new": 5e-6, "lr_crf": 5e-2, "batch_size": 4} == xlmr.pinned
    captions = {v.settings["captions"] for v in load_suite("ita/fig2").variants.values()}
    assert captions | {5} == {1, 2, 3, 4, 5, 6, 8, 10}
    with_settings = {name for part in load_suite("maf/table2").resolved_parts for name in part.settings}
    assert with_settings == {"bert", "mt-bert-crf", "gvatt-bert-crf", "adacan-bert-crf"}


@pytest.mark.parametrize(
    ("name", "dataset", "method", "expected"),
    [
        ("more-text", "twitter15", "ita-text+cva", (5e-6, 1e-2, 15, 512)),
        ("more-text", "twitter17", "ita-text+cva", (5e-6, 1e-2, 15, 512)),
        ("more-image", "twitter15", "ita-text", (5e-6, 2.5e-2, 15, 512)),
        ("more-image", "twitter17", "ita-text", (5e-6, 5e-2, 15, 512)),
        ("pgim", "twitter15", "ita-text", (5e-6, 8e-3, 25, 300)),
        ("pgim", "twitter17", "ita-text", (7e-6, 1.5e-2, 25, 300)),
    ],
)
def test_each_dataset_has_the_rates_of_its_configuration(name, dataset, method, expected):
    parts = load_suite(f"after-2022/{name}").resolved_parts
    [part] = [part for part in parts if method in part.methods and dataset in part.datasets]
    training = resolve(method, part, methods()).training
    assert (training.lr_encoder, training.lr_crf, training.epochs, training.max_pieces) == expected
    assert (training.lr_new, training.batch_size, training.scheme.value) == (training.lr_encoder, 4, "bioes")
    assert part.encoder == "xlm-roberta-large"
    assert part.inputs == {"text": name}


def test_every_suite_file_is_in_the_package(root):
    setuptools = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    globs = setuptools["package-data"]["mnerbench.benchmark"]
    for path in SUITES.rglob("*.toml"):
        name = str(path.relative_to(SUITES.parent))
        assert any(fnmatch(name, glob.replace("**/", "*")) for glob in globs), name
