"""`benchmark export` and `mnerbench.export`: folders, refusals, and the model card of real runs."""

import re
import shutil

import pytest
from click.testing import CliRunner
from huggingface_hub import ModelCard

import mnerbench
from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.exporting.export import default_name
from mnerbench.benchmark.results.scoring import PRIMARY
from mnerbench.datasets.errors import ConfigError, MissingInputError, StoreError

pytestmark = pytest.mark.slow


def invoke(*words):
    return CliRunner().invoke(cli, list(map(str, words)))


def test_the_command_writes_a_folder_and_says_how_it_loads(kept, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folders = ("--out", kept.out, "--data", kept.data)
    done = invoke("export", "bert", "--to", "hf", *folders)
    assert done.exit_code == 0, done.output
    assert "exported/bert-small" in done.output
    assert "AutoModelForTokenClassification, without this package" in done.output
    named = invoke("export", "bert-crf+imgfeat", tmp_path / "named", *folders)
    assert "AutoModel of transformers, after `import mnerbench.hf`" in named.output
    assert "has other layers than an encoder with a linear layer" in named.output
    assert {path.name for path in (tmp_path / "exported").iterdir()} == {"bert-small"}
    assert {path.name for path in (tmp_path / "named").iterdir()} >= {"README.md", "config.json", "tagger"}
    assert not list(tmp_path.rglob("*.part"))


def test_folders_with_content_are_left_alone(kept, tmp_path):
    (tmp_path / "empty").mkdir()
    assert mnerbench.export("bert", tmp_path / "empty", out=kept.out).folder == tmp_path / "empty"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for name in ("full", "file", "link", "empty"):
        with pytest.raises(ConfigError, match="is there and not an empty folder\n  -> name another"):
            mnerbench.export("bert", tmp_path / name, out=kept.out)
    assert (tmp_path / "full" / "mine.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("method", ["majority", "lookup", "t-ner"])
def test_count_based_methods_are_refused(kept, tmp_path, method):
    with pytest.raises(ConfigError, match=rf"{method} is no network.*\n  -> copy .*load_tagger"):
        mnerbench.export(method, tmp_path / "x", out=kept.out)
    assert not list(tmp_path.iterdir())


def test_runs_without_tagger_or_record_are_refused(kept, tmp_path):
    folder = kept.out / kept.record("bert").identity
    with pytest.raises(StoreError, match="no kept tagger 'bort'"):
        mnerbench.export("bort", out=kept.out)
    shutil.copytree(folder / "tagger", tmp_path / "alone")
    with pytest.raises(MissingInputError, match=r"a tagger outside of its run.*\n  -> name the run"):
        mnerbench.export(tmp_path / "alone", tmp_path / "x", out=kept.out)
    shutil.copytree(folder, tmp_path / "runs" / folder.name)
    (tmp_path / "runs" / folder.name / "record.json").unlink()
    with pytest.raises(MissingInputError, match="the run is not finished"):
        mnerbench.export(tmp_path / "runs" / folder.name, tmp_path / "x")
    (tmp_path / "runs" / folder.name / "record.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StoreError, match=r"record\.json: "):
        mnerbench.export(tmp_path / "runs" / folder.name, tmp_path / "x")
    mnerbench.export("bert-grid", tmp_path / "done", out=kept.out)
    with pytest.raises(ConfigError, match=r"an export, without the record of its run\n  -> name the run itself"):
        mnerbench.export(tmp_path / "done", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_scores_that_contradict_the_predictions_are_refused(kept, tmp_path):
    folder = kept.out / kept.record("bert").identity
    shutil.copytree(folder, tmp_path / "runs" / folder.name)
    shutil.copytree(kept.out / "splits", tmp_path / "runs" / "splits")
    shutil.rmtree(tmp_path / "runs" / folder.name / "tallies", ignore_errors=True)
    record = tmp_path / "runs" / folder.name / "record.json"
    text = record.read_text(encoding="utf-8")
    counts = kept.record("bert").metrics["test"]["t"][PRIMARY.value].overall
    pattern = rf'("correct":\s*){counts.correct}(,\s*"predicted":\s*{counts.predicted},\s*"gold":\s*{counts.gold})'
    edited = re.sub(pattern, rf"\g<1>{counts.correct - 1}\2", text)
    assert edited != text
    record.write_text(edited, encoding="utf-8")
    with pytest.raises(StoreError):
        mnerbench.export(tmp_path / "runs" / folder.name, tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_unknown_formats_and_kinds_are_refused(kept):
    with pytest.raises(ConfigError, match=r"no kind 'standrad'; did you mean 'standard'"):
        mnerbench.export("bert", out=kept.out, kind="standrad")
    with pytest.raises(ConfigError, match="no format 'onnx'"):
        mnerbench.export("bert", out=kept.out, to="onnx")


def test_names_of_folders_have_the_characters_of_the_hub(kept):
    spec = kept.record("bert-crf+imgfeat").spec
    assert default_name(spec) == "bert-crf-imgfeat-small"
    assert default_name(spec.model_copy(update={"method": "../../etc/x y"})) == "etc-x-y-small"
    size = spec.dataset.model_copy(update={"train_tweets": 40})
    assert default_name(spec.model_copy(update={"dataset": size})) == "bert-crf-imgfeat-small-40"


def test_paths_of_this_machine_are_named(kept, tmp_path):
    """Sources may name files, which a reader of the folder would see."""
    folder = kept.out / kept.record("bert-grid").identity
    shutil.copytree(folder, tmp_path / "runs" / folder.name)
    for name in ("record.json", "tagger/tagger.json"):
        path = tmp_path / "runs" / folder.name / name
        text = path.read_text(encoding="utf-8")
        assert '"grid": "resnet18@weights=random,size=64"' in text.replace('":"', '": "')
        path.write_text(text.replace("resnet18@weights=random,", "resnet18@weights=/home/ada/r.pt,"), encoding="utf-8")
    done = mnerbench.export(tmp_path / "runs" / folder.name, tmp_path / "x")
    reason, named = done.notes
    assert reason.endswith("bert-grid has other layers than an encoder with a linear layer")
    assert named == "tagger/tagger.json names files of this machine: resnet18@weights=/home/ada/r.pt,size=64"
    assert "/home/ada" not in (tmp_path / "x" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("method", ["bert", "bert-grid", "hbilstm-crf"])
def test_the_card_has_the_scores_of_the_record_and_its_code_runs(kept, tmp_path, monkeypatch, method):
    monkeypatch.setenv("MNERBENCH_CACHE", str(kept.cache))
    folder = mnerbench.export(method, tmp_path / "x", out=kept.out, data=kept.data).folder
    text = (folder / "README.md").read_text(encoding="utf-8")
    data, record = ModelCard(text).data, kept.record(method)
    overall = record.metrics["test"][record.primary_view][PRIMARY.value].overall
    values = {result.metric_type: result.metric_value for result in data.eval_results}
    assert values["f1"] == pytest.approx(overall.f1, abs=1e-6)
    assert values["precision"] == pytest.approx(overall.precision, abs=1e-6)
    assert (data.pipeline_tag, data.license, data.datasets) == ("token-classification", "other", ["small"])
    assert data.library_name == ("transformers" if method == "bert" else "mnerbench")
    assert f"| test  | {record.primary_view}" in text
    assert "no tweet is real" in text
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1].replace('"FOLDER"', repr(str(folder)))
    scope = {}
    exec(code.replace("picture.jpg", str(kept.test[1][0])), scope)
    tagged = kept.load(method).tag([scope.get("words") or ["Ada", "Kern", "met", "Bo", "in", "Velt", ":)"]])
    if method == "bert":
        assert scope["labels"] == list(tagged[0].labels)
    else:
        assert len(scope["tagged"]) == 1
