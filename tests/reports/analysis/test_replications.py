"""Results across datasets: which tables are compared, what is said, and from when on ranks are printed."""

import json
import subprocess
import sys

import pytest
from report_tables import html_report, leaderboard

from mnerbench.benchmark.results.spec import DatasetRef
from mnerbench.reports.analysis.corpora import corpus_groups, corpus_of
from mnerbench.reports.analysis.corpus_ranks import corpus_ranks
from mnerbench.reports.analysis.overview import overview
from mnerbench.reports.analysis.replications import replications
from mnerbench.reports.render.json import json_report
from mnerbench.reports.render.markdown import markdown_report
from mnerbench.reports.render.rank_diagram import rank_diagram
from mnerbench.reports.render.rank_figure import rank_figure
from mnerbench.reports.render.replication_sheets import replication_sentences, replication_sheet
from mnerbench.reports.render.sections import closing_sections
from mnerbench.reports.statistics.average_ranks import AverageRanks
from mnerbench.reports.text.format import texts, titles

NOISE = (-0.004, -0.002, 0.0, 0.001, 0.005)


def runs(make, dataset, **gains):
    """Five runs of the baseline and of methods, which are so much better than it."""
    records = []
    for method, gain in {"bert-crf": 0.0, **gains}.items():
        records += make.seeds(method, [0.7 + gain + noise for noise in NOISE], dataset=dataset)
    return records


def groups(records):
    return list(corpus_groups(leaderboard(records, [], "bert-crf")))


def sentences(records):
    (group,) = groups(records)
    return list(replication_sentences(group, replications(group)))


def test_what_is_said_of_each_method(make):
    records = runs(make, "a", maf=0.03, umt=-0.03, ita=0.03, bert=0.0) + runs(
        make, "b", maf=0.03, umt=0.0, ita=-0.03, bert=0.001
    )
    tweets = "; on these tweets only, where counts by tweet are missing"
    bert, ita, maf, umt = sentences(records)
    assert bert == "bert: neither shown to be better nor worse than bert-crf on any of 2 datasets" + tweets
    assert maf == "maf: better than bert-crf on all 2 datasets (a, p <0.001; b, p <0.001)" + tweets
    assert umt == "umt: worse than bert-crf on at least 1 of 2 datasets (a, p <0.001)" + tweets
    both = "better than bert-crf on at least 1 of 2 datasets (a, p <0.001)"
    assert ita == f"ita: {both}; {both.replace('better', 'worse').replace('(a', '(b')}{tweets}"


def test_statements_hold_together_over_datasets_methods_and_both_directions(make):
    """Alone, p is 0.016 on a; with two datasets, three methods and two directions it is no evidence."""
    records = runs(make, "a", maf=0.0065, umt=0.0, ita=0.0) + runs(make, "b", maf=0.0, umt=0.0, ita=0.0)
    (group,) = groups(records)
    maf = next(method for method in replications(group) if method.methods == ("maf",))
    alone = next(row.comparison.welch.p for row in group.tables["a"][0].rows if row.method == "maf")
    assert alone < 0.05
    # Methods of equal results count once: umt and ita are one.
    assert maf.better["a"] == pytest.approx(alone * 2 * 2)
    assert maf.worse["a"] == 1
    (group,) = groups(records + runs(make, "a", hvpnet=0.001) + runs(make, "b", hvpnet=0.001))
    (maf,) = [method for method in replications(group) if method.methods == ("maf",)]
    assert maf.better["a"] == pytest.approx(alone * 2 * 3)


def test_methods_of_the_same_results_are_one(make):
    (group,) = groups(runs(make, "a", maf=0.03, mfa=0.03) + runs(make, "b", maf=0.03, mfa=0.03))
    assert [method.methods for method in replications(group)] == [("maf", "mfa")]


def test_a_dataset_without_a_verdict_is_named(make):
    records = runs(make, "a", maf=0.03) + runs(make, "b", maf=0.03) + runs(make, "c")
    records += make.seeds("maf", [0.7, 0.71], dataset="c")
    (maf,) = sentences(records)
    assert maf.startswith("maf: better than bert-crf on all 2 datasets")
    assert "; no verdict on c; " in maf
    assert sentences(records + runs(make, "c", umt=0.0)) == [maf]  # umt is judged on one dataset only


def test_few_seeds_are_provisional(make):
    records = [r for r in runs(make, "a", maf=0.03) + runs(make, "b", maf=0.03) if r.spec.seed < 4]
    assert sentences(records)[0].endswith("fewer seeds than 5 or than planned, so provisional")


def test_the_plan_of_seeds_counts(make):
    """At a declared look, p is adjusted for all looks; between looks there is no verdict."""
    records = [record for name in "abc" for record in runs(make, name, maf=0.008)]
    plain = make.grid([record.spec for record in records])
    manifest = plain.model_copy(update={"looks": (3, 5, 10)})
    records = [record for record in records if record.spec.dataset.name != "c" or record.spec.seed < 4]
    (group,) = corpus_groups(leaderboard(records, [manifest]))
    (maf,) = replications(group)
    assert maf.unjudged == ("c",)
    judged = next(row.comparison.judged for row in group.tables["a"][0].rows if row.method == "maf")
    assert judged.p > next(row.comparison.welch.p for row in group.tables["a"][0].rows if row.method == "maf")
    assert maf.better["a"] == pytest.approx(2 * judged.p)
    # Without looks, a dataset with missing runs counts, and is provisional.
    (group,) = corpus_groups(leaderboard(records, [plain]))
    (maf,) = replications(group)
    assert (maf.unjudged, maf.provisional, maf.extended) == ((), True, False)


def test_seeds_that_were_added_are_said(make):
    records = [record for name in "ab" for record in runs(make, name, maf=0.03)]
    late = {record.identity: 1 for record in records if record.spec.seed > 2}
    manifest = make.grid([record.spec for record in records]).model_copy(update={"extensions": late})
    (group,) = corpus_groups(leaderboard(records, [manifest]))
    assert "more seeds than planned" in next(replication_sentences(group, replications(group)))


def test_versions_of_one_corpus_count_once(make):
    """The version on which the method is least better decides."""
    assert [corpus_of(name) for name in ("twitter15-umgf", "twitter15", "twitter17", "mine")] == [
        *("twitter15", "twitter15"),
        *("snap", "mine"),
    ]
    records = runs(make, "twitter15", maf=0.03) + runs(make, "twitter15-umgf", maf=0.0)
    assert groups(records) == []
    (group,) = groups(records + runs(make, "twitter17", maf=0.03))
    assert list(group.tables) == ["twitter15 + twitter15-umgf", "twitter17"]
    (maf,) = replications(group)
    assert list(maf.shown(better=True)) == ["twitter17"]
    assert texts(replication_sheet(group, [maf]))[0][:5] == ("maf", "1/2", "0/2", "0.00", "+3.00")


def test_probes_transfers_and_other_conditions_are_no_replication(make):
    first = runs(make, "a", maf=0.03)
    assert groups(first + runs(make, "probe-object", maf=0.03)) == []
    transferred = []
    for record in first:
        spec = record.spec.with_transfer([DatasetRef(name="b", fingerprints={"train": "x", "test": "of b"})])
        metrics = {**record.metrics, "test@b": record.metrics["test"]}
        transferred.append(record.model_copy(update={"spec": spec, "identity": spec.identity, "metrics": metrics}))
    assert len(leaderboard(transferred, [], "bert-crf")) == 2
    assert groups(transferred) == []
    smaller = []
    for record in runs(make, "b", maf=0.03):
        data = record.spec.dataset.model_copy(update={"train_tweets": 100})
        spec = record.spec.model_copy(update={"dataset": data})
        smaller.append(record.model_copy(update={"spec": spec, "identity": spec.identity}))
    assert groups(first + smaller) == []
    assert len(groups(first + runs(make, "b", maf=0.03))) == 1


def many(make, datasets):
    records = []
    for number, name in enumerate(datasets):
        records += runs(make, name, maf=0.03 + number / 1000, umt=0.01, lookup=-0.3)
    return records


def test_ranks_need_five_datasets(make):
    tables = leaderboard(many(make, "abcd"), [], "bert-crf")
    assert [section.key for section in closing_sections(tables)] == ["across"]
    tables = leaderboard(many(make, "abcde"), [], "bert-crf")
    across, ranks = closing_sections(tables)
    assert titles(across.sheet)[3:8] == ("Δ a", "Δ b", "Δ c", "Δ d", "Δ e")
    # Counting methods are not ranked. The critical difference of three methods on five datasets is 1.48.
    assert texts(ranks.sheet) == (("maf", "1.00", "a"), ("umt", "2.00", "ab"), ("bert-crf", "3.00", "b"))
    assert ranks.intro.endswith("Nemenyi's critical difference of average ranks at 5 %: 1.48.")


def test_methods_that_lack_runs_are_not_ranked(make):
    records = many(make, "abcde") + [record for name in "abcd" for record in runs(make, name, ita=0.02)[5:]]
    (group,) = groups(records)
    ranked = corpus_ranks(group)
    assert ranked.left_out == ("ita",)
    assert set(ranked.ranks.methods) == {"bert-crf", "maf", "umt"}
    few = [record for record in records if record.spec.method != "umt"]
    assert corpus_ranks(*groups(few)) is None


def test_every_format_has_them(make, tmp_path):
    tables = leaderboard(many(make, "abcde"), [], "bert-crf")
    (data,) = json.loads(json_report(tables))["across_datasets"]
    assert data["datasets"] == list("abcde")
    assert data["methods"][0]["methods"] == ["maf"]
    assert data["ranks"]["ranks"]["ranks"] == [1, 2, 3]
    assert "better than bert-crf on all 5 datasets" in markdown_report(tables)
    page = html_report(tables, overview([], []))
    assert page.count('<svg class="ranks"') == 1
    assert ">critical difference 1.48</text>" in page
    (group,) = corpus_groups(tables)
    rank_figure(corpus_ranks(group).ranks, tmp_path / "ranks.svg")
    drawn = (tmp_path / "ranks.svg").read_text(encoding="utf-8")
    for text in ("maf 1.00", "bert-crf 3.00", "critical difference 1.48"):
        assert text in drawn


def test_the_diagram_stands_where_the_ranks_are():
    ranks = AverageRanks(("a", "b", "c", "d"), (1.0, 2.0, 2.5, 4.0), 10, 0.01, 1.6, ((0, 2), (1, 2)))
    diagram = rank_diagram(ranks)
    (first, _), *_, (last, _) = diagram.ticks
    scale = (last - first) / 3
    assert [(label.x - first) / scale for label in diagram.labels] == pytest.approx([0, 1, 1.5, 3], abs=0.01)
    assert [label.is_left for label in diagram.labels] == [True, True, False, False]
    # Lines do not cross: of each half, the outermost method is labelled highest.
    heights = {label.text: label.y for label in diagram.labels}
    assert heights["a"] == heights["d"] < heights["b"] == heights["c"] < diagram.height
    start, end, _ = diagram.bars[0]
    assert start < first
    assert (end - first) / scale == pytest.approx(1.5, abs=0.05)
    assert (diagram.critical[1] - diagram.critical[0]) / scale == pytest.approx(1.6, abs=0.01)


def test_reports_of_fewer_datasets_do_not_import_scipy_stats():
    modules = "mnerbench.reports.render.html.page, mnerbench.reports.render.json, sys"
    code = f"import {modules}; print('scipy.stats' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
