"""Results as data frames: the same numbers as the command's reports, down to single entities."""

import csv
import io
import json
import math

import pytest
from click.testing import CliRunner

import mnerbench
from mnerbench.benchmark.cli import cli
from mnerbench.reports.render.csv import csv_report
from mnerbench.reports.render.run_csv import run_csv_report

SUITE = """
title = "two methods that count"
datasets = ["tiny"]
methods = ["majority", "lookup"]
baseline = "majority"
seeds = 1
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    path = tmp_path_factory.mktemp("suite") / "counting.toml"
    path.write_text(SUITE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def results(suite, fixtures, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    return mnerbench.run(suite, data=fixtures, out=out, mlflow=False, quiet=True)


@pytest.fixture(scope="module")
def stored(root):
    return mnerbench.load_results(root / "tests" / "reports" / "store")


def same(value, text):
    """Whether a value of a frame is that of a CSV file."""
    if value is None or value is True or value is False or (isinstance(value, float) and math.isnan(value)):
        return text == ("" if value is None or value != value else str(value))
    return str(value) == text.removeprefix("'") or float(value) == float(text)


@pytest.mark.parametrize("which", ["leaderboard", "runs"])
def test_frames_hold_what_the_csv_files_hold(stored, which):
    loaded = stored._loaded
    text = csv_report(loaded.tables) if which == "leaderboard" else run_csv_report([a.group for a in loaded.analysed])
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    frame = getattr(stored, which)()
    assert len(frame) == len(lines) > 0
    assert list(frame.columns) == list(lines[0])
    for row, line in zip(frame.to_dict("records"), lines, strict=True):
        assert all(same(row[name], line[name]) for name in line)


def test_predictions_give_the_scores_of_the_leaderboard(results):
    predictions, board = results.predictions(), results.leaderboard().set_index("method")
    for method, of_method in predictions.groupby("method"):
        scores = mnerbench.score(list(of_method.gold), list(of_method.predicted))
        assert scores.f1 == pytest.approx(board.f1_mean[method], abs=1e-12)
        assert of_method.correct_entities.sum() == scores.types.set_index("type").correct["all"]
    assert predictions.words.map(len).equals(predictions.gold.map(len))


def test_entities_add_up_to_the_counts(results):
    entities, runs = results.entities(methods="lookup"), results.runs().set_index("method")
    assert set(entities.method) == {"lookup"}
    assert (entities.outcome == "correct").sum() == runs["correct.conlleval"]["lookup"] > 0
    assert entities.gold_type.notna().sum() == runs["gold.conlleval"]["lookup"]
    assert entities.predicted_type.notna().sum() == runs["predicted.conlleval"]["lookup"]
    correct = entities[entities.outcome == "correct"]
    assert (correct.gold_text == correct.predicted_text).all()
    words = results.predictions(methods="lookup").set_index("tweet").words
    for entity in correct.itertuples():
        assert entity.gold_text == " ".join(words[entity.tweet][int(entity.gold_start) : int(entity.gold_end)])


def test_slices_are_those_of_the_rows(results):
    frame = results.slices()
    rows = [row for table in results._loaded.tables for row in table.rows]
    assert len(frame) == sum(len(row.slices) for row in rows) > 0
    assert frame.f1.between(0, 1).all()


def test_comparisons_are_those_of_the_command(stored, root):
    folder = root / "tests" / "reports" / "store"
    methods = list(dict.fromkeys(stored.leaderboard().query("f1_mean.notna()").method))
    pairs = [(a, b) for a in methods[:3] for b in methods[:3] if a != b]
    compared = 0
    for a, b in pairs:
        try:
            mine = stored.compare(a, b)
        except mnerbench.MnerbenchError:
            continue
        done = CliRunner().invoke(cli, ["compare", a, b, "--out", str(folder), "--format", "json"])
        theirs = json.loads(done.stdout)
        assert json.loads(json.dumps([pair.to_dict() for pair in mine])) == theirs
        for pair, data in zip(mine, theirs, strict=True):
            assert (pair.verdict, pair.exploratory) == (data["judged"]["verdict"], not data["in_family"])
            assert list(pair.tests.test) == list(data["tests"])
        compared += len(mine)
    assert compared


def test_an_unknown_name_is_an_error_with_the_nearest(results):
    with pytest.raises(mnerbench.MnerbenchError, match="did you mean 'lookup'"):
        results.predictions(methods="lookupp")
    with pytest.raises(mnerbench.MnerbenchError, match="no view 'itt'"):
        results.entities(views=["itt"])


def test_html_escapes_and_names_every_method(results):
    html = results._repr_html_()
    assert "majority" in html
    assert "lookup" in html
    assert "<script" not in html


def test_an_unknown_method_is_refused(suite, fixtures, tmp_path):
    with pytest.raises(mnerbench.MnerbenchError, match="unknown method"):
        mnerbench.run(suite, methods=["lookupp"], data=fixtures, out=tmp_path, mlflow=False, quiet=True)


def test_a_failed_run_raises_and_the_others_load(suite, fixtures, tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError("no lexicon")

    monkeypatch.setattr("mnerbench.methods.counting.model.Lookup.fit", fail)
    with pytest.raises(mnerbench.RunsFailedError, match=r"lookup on tiny, seed 0: no lexicon\n  -> mnerbench.load_"):
        mnerbench.run(suite, data=fixtures, out=tmp_path, mlflow=False, quiet=True)
    states = mnerbench.load_results(tmp_path).runs().set_index("method").status
    assert dict(states) == {"majority": "done", "lookup": "failed"}


def test_a_run_that_a_damaged_record_blocks_raises_and_the_others_load(suite, fixtures, tmp_path):
    mnerbench.run(suite, methods=["majority"], data=fixtures, out=tmp_path, mlflow=False, quiet=True)
    (path,) = tmp_path.glob("*/record.json")
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "version": 99}))  # of a later version: never replaced
    with pytest.raises(mnerbench.RunsFailedError, match=r"(?s)majority on tiny, seed 0: not run.*record\.json.*load_"):
        mnerbench.run(suite, data=fixtures, out=tmp_path, mlflow=False, quiet=True)
    states = mnerbench.load_results(tmp_path).runs().set_index("method").status
    assert states["lookup"] == "done"
