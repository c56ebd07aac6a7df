"""Visual inputs are computed once, before training; what cannot be computed is reported, and the rest runs."""

import json

import pytest
from click.testing import CliRunner
from small_probe import write_small_probe

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.store import RunStore
from mnerbench.datasets.errors import MissingInputError, StoreError
from mnerbench.datasets.visual.extractors.backbone_card import BackboneCard

pytestmark = pytest.mark.slow

GRID = "grid=resnet18@weights=random,size=64"


@pytest.fixture
def flags(tmp_path):
    """Flags that all verbs share, on a small probe."""
    write_small_probe(tmp_path / "data", "object", sizes=(30, 10, 20))
    return ["--data", str(tmp_path / "data"), "--cache", str(tmp_path / "cache")]


def call(*words):
    return CliRunner().invoke(cli, list(map(str, words)))


def run(flags, out, *more):
    base = ["run", "--suite", "demo", "--datasets", "small", "--methods", "bert-crf,bert-grid", "--seeds", "1"]
    return call(*base, "--no-mlflow", "--out", out, "--set", "training.epochs=1", *flags, *more)


def records(out):
    return {record.spec.method: record for record in RunStore(out).records()}


def test_run_computes_missing_inputs_and_a_second_run_has_nothing_to_do(flags, tmp_path):
    first = run(flags, tmp_path / "runs", "--input", GRID)
    assert first.exit_code == 0, first.output
    assert "preparing grid of small with resnet18@weights=random,size=64: 61 pictures" in first.output
    by_method = records(tmp_path / "runs")
    assert {method: record.status.value for method, record in by_method.items()} == {
        "bert-crf": "done",
        "bert-grid": "done",
    }
    grid = by_method["bert-grid"]
    assert set(grid.metrics["test"]) == {"it", "t", "it-shuffled", "it-blank"}
    assert grid.policies["tweets_without_grid"] == 0
    assert grid.spec.dataset.sources == {"grid": "resnet18@weights=random,size=64"}
    assert set(grid.ceilings) == {"t", "it"}
    assert grid.ceilings["it"].expected > grid.ceilings["t"].expected
    assert by_method["bert-crf"].ceilings["t"] == grid.ceilings["t"]
    again = run(flags, tmp_path / "runs", "--input", GRID)
    assert "preparing" not in again.output
    assert "0 to do" in again.output
    other = run(flags, tmp_path / "other", "--input", GRID)
    assert "preparing" not in other.output, "features are shared by all results folders"


def test_the_leaderboard_shows_ceilings_and_headroom(flags, tmp_path):
    run(flags, tmp_path / "runs", "--input", GRID)
    text = call("report", "--out", tmp_path / "runs", "--format", "markdown").output
    for part in ("ceiling, text alone", "ceiling, text with grid", " headroom |", "best possible predictor"):
        assert part in text
    (table,) = json.loads(call("report", "--out", tmp_path / "runs", "--format", "json").output)["tables"]
    row = next(row for row in table["rows"] if (row["method"], row["view"]) == ("bert-grid", "it"))
    assert 0.5 < row["text_ceiling"]["expected"] < row["ceiling"]["expected"] < 1
    assert isinstance(row["headroom"], float)


def test_the_ceiling_depends_on_the_content_of_the_sources(flags, tmp_path):
    mine = [
        f'{{"image_id": "{split}-{n}", "caption": "a thing"}}'
        for split in ("train", "valid", "test")
        for n in range(30)
    ]
    base = ["run", "--suite", "demo", "--datasets", "small", "--seeds", "1", "--no-mlflow", "--out", tmp_path / "runs"]
    base += ["--set", "training.epochs=1", *flags]
    assert call(*base, "--methods", "ita-la,ita-ga").exit_code == 0
    (drawn,) = (tmp_path / "cache" / "probes").glob("small-*/images")
    (drawn.parent / "captions.mine.txt").write_text("\n".join(mine), encoding="utf-8")
    assert call(*base, "--methods", "ita-ga", "--input", "captions=mine").exit_code == 0
    ceilings = {
        (record.spec.method, *record.spec.dataset.sources.values()): record.ceilings
        for record in RunStore(tmp_path / "runs").records()
    }
    tags, captions, unknown = ceilings["ita-la", "file"], ceilings["ita-ga", "drawn"], ceilings["ita-ga", "mine"]
    assert tags["it"].expected > tags["t"].expected == captions["it"].expected
    assert set(unknown) == {"t"}


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MissingInputError("weights cannot be fetched\n  -> weights=FILE"), "weights cannot be fetched"),
        (StoreError("the store is broken\n  -> delete it"), "the store is broken"),
        (RuntimeError("CUDA out of memory"), "RuntimeError: CUDA out of memory"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_an_input_that_cannot_be_computed_stops_only_its_methods(flags, tmp_path, monkeypatch, error, message):
    def fail(self, models, device):
        raise error

    monkeypatch.setattr(BackboneCard, "load", fail)
    result = run(flags, tmp_path / "runs", "--input", GRID)
    assert result.exit_code == 0, result.output
    assert "not run: bert-grid on small: " in result.output
    assert message in result.output
    assert "->" in result.output
    assert set(records(tmp_path / "runs")) == {"bert-crf"}
    assert "not run" in call("report", "--out", tmp_path / "runs", "--format", "markdown").output
    strict = run(flags, tmp_path / "strict", "--input", GRID, "--require-all")
    assert "--require-all" in str(strict.exception)
    assert not records(tmp_path / "strict")


def test_two_methods_with_two_sources_of_one_kind_both_get_theirs(flags, tmp_path):
    (tmp_path / "two.toml").write_text(
        'title = "t"\ndatasets = ["small"]\nmethods = ["a", "b", "gone"]\nseeds = 1\nencoder = "scratch"\n'
        "[training]\nepochs = 1\n"
        '[variants.a]\nof = "bert-grid"\nsources = { grid = "resnet18@weights=random,size=64" }\n'
        '[variants.b]\nof = "bert-grid"\nsources = { grid = "resnet18@weights=random,size=96" }\n'
        '[variants.gone]\nof = "bert-grid"\nsources = { grid = "resnet18@weights=gone.pth" }\n'
    )
    result = call("run", "--suite", tmp_path / "two.toml", "--no-mlflow", "--out", tmp_path / "runs", *flags)
    assert result.exit_code == 0, result.output
    by_method = records(tmp_path / "runs")
    assert {method: dict(record.spec.dataset.sources) for method, record in by_method.items()} == {
        "a": {"grid": "resnet18@weights=random,size=64"},
        "b": {"grid": "resnet18@weights=random,size=96"},
    }
    assert {record.status.value for record in by_method.values()} == {"done"}
    assert "not run: gone on small" in result.output


def test_missing_weights_are_reported(flags, tmp_path):
    result = run(flags, tmp_path / "runs", "--input", "grid=resnet18@weights=nowhere.pth")
    assert result.exit_code == 0, result.output
    assert "not run: bert-grid on small" in result.output
    assert "nowhere.pth" in result.output


def test_prepare_reports_its_work_unusable_pictures_and_unavailable_inputs(flags, tmp_path):
    first = call("data", "prepare", "small", "--for", "bert-grid,ita-la", "--input", GRID, *flags)
    assert first.exit_code == 0, first.output
    assert "grid from resnet18@weights=random,size=64: 61 pictures processed; 60 pictures, 0 unusable" in first.output
    assert "tags from file: nothing to do" in first.output
    (folder,) = (tmp_path / "cache" / "probes").glob("small-*/images")
    (folder / "test-3.png").write_bytes(b"broken")
    second = call("data", "prepare", "small", "--input", GRID, *flags)
    assert "1 pictures processed; 59 pictures, 1 unusable" in second.output
    assert "unusable: test-3: not a picture" in second.output
    drawn = call("data", "prepare", "small", "--for", "ita-ga", *flags)
    assert "captions from drawn: nothing to do" in drawn.output
    third = call("data", "prepare", "small", "--input", "captions=blip2", *flags)
    assert third.exit_code == 1
    assert "captions: not available" in third.output
    assert "captions.blip2.txt" in third.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["data", "prepare", "small"], "--for bert-grid"),
        (["data", "prepare", "small", "--for", "bert-crf"], "read no pictures"),
        (["data", "prepare", "small", "--for", "bert-gird"], "did you mean 'bert-grid'"),
        (["data", "prepare", "small", "--input", "gird=resnet18"], "did you mean 'grid'"),
        (["data", "prepare", "small", "--input", "grid"], "KIND=SOURCE"),
        (["data", "prepare", "small", "--input", "grid=a", "--input", "grid=b"], "given before"),
        (["run", "--suite", "demo", "--methods", "bert-crf", "--input", GRID], "none of bert-crf reads grid"),
        (
            [
                "plan",
                "--suite",
                "probes",
                "--methods",
                "hvpnet-resnet18",
                "--datasets",
                "probe-object",
                "--input",
                GRID,
            ],
            "fix their own source: resnet18@weights=random,size=96,pyramid=2",
        ),
        (["data", "look", "small", "--split", "train", "--to", "/dev/null/page.html"], "choose another place"),
        (["data", "prepare", "smal", "--for", "bert-grid"], "did you mean 'small'"),
    ],
)
def test_a_wrong_argument_is_one_clear_error(flags, words, message):
    result = call(*words, *flags)
    assert result.exit_code == 2 or isinstance(result.exception, Exception)
    assert message in result.output + str(result.exception)


def test_a_source_that_cannot_be_read_is_reported_beside_a_method_that_fixes_its_own(flags, tmp_path):
    methods = ["--suite", "demo", "--datasets", "small", "--methods", "hamlearning,hamlearning-maskrcnn"]
    regions = [
        "--input",
        "regions=crops@model=resnet18,weights=missing.pth",
        "--input",
        "global=resnet18@weights=random",
    ]
    result = call("plan", *methods, *regions, "--out", tmp_path / "runs", *flags)
    assert result.exit_code == 0, result.output
    assert "hamlearning on small" in result.output
    assert "missing.pth" in result.output


def test_plan_counts_the_pictures_to_process(flags, tmp_path):
    base = ["--suite", "demo", "--datasets", "small", "--methods", "bert-grid", "--out", tmp_path / "runs"]
    result = call("plan", *base, "--input", GRID, *flags)
    assert "grid of small from resnet18@weights=random,size=64: 61 pictures to process first" in result.output


def test_look_writes_a_page_with_pictures_and_entities(flags, tmp_path):
    result = call("data", "look", "small", "--count", "5", "--to", tmp_path / "page.html", *flags)
    assert result.exit_code == 0, result.output
    page = (tmp_path / "page.html").read_text()
    assert page.count("<figure>") == 5
    assert page.count("data:image/png;base64,") == 5
    assert "<mark" in page
    assert "http" not in page.replace("http://t.co", "")
