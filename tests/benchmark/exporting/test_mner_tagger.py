"""Exports of all other methods: the kept tagger, loaded by `AutoModel` after `import mnerbench.hf`."""

import json
import shutil

import pytest
import torch
from kept_runs import METHODS
from transformers import AutoConfig, AutoModel, AutoTokenizer

import mnerbench
import mnerbench.hf
from mnerbench.benchmark.results.tagger_file import digests
from mnerbench.datasets.errors import ConfigError, StoreError

pytestmark = pytest.mark.slow
COUNTED = ("majority", "lookup", "t-ner")
NETWORKS = [method for method in METHODS if method not in COUNTED]


@pytest.fixture(scope="module")
def exported(kept, tmp_path_factory):
    """A function that exports a method once."""
    root, folders = tmp_path_factory.mktemp("hub"), {}

    def folder(method):
        if method not in folders:
            done = mnerbench.export(method, root / method, kind="mnerbench", out=kept.out, data=kept.data)
            assert done.kind == "mnerbench"
            folders[method] = done.folder
        return folders[method]

    return folder


@pytest.fixture
def copy(exported, tmp_path):
    """A function that copies an export."""

    def copied(method):
        return shutil.copytree(exported(method), tmp_path / method)

    return copied


def load(kept, folder):
    return AutoModel.from_pretrained(folder, data=kept.data, cache=kept.cache)


@pytest.mark.parametrize("method", NETWORKS)
def test_the_model_gives_the_predictions_of_its_run(kept, exported, method):
    words, images = kept.test
    model = load(kept, exported(method))
    assert isinstance(model, mnerbench.hf.MnerTagger)
    assert not model.training
    tagged = model.tag(words, images)
    assert [list(tweet.labels) for tweet in tagged] == kept.predictions(method)
    assert tagged == kept.load(method).tag(words, images)  # positions, posteriors, counts


@pytest.mark.parametrize("method", NETWORKS)
def test_forward_gives_the_emissions_of_the_tagger(kept, exported, method):
    words, images = kept.test[0][:3], kept.test[1][:3]
    tagger, model = kept.load(method), load(kept, exported(method))
    with torch.inference_mode():
        expected = tagger._loaded.method(tagger.batch(words, images))
        logits = model(words, images).logits
    assert torch.equal(logits, expected)


@pytest.mark.parametrize("method", NETWORKS)
def test_a_saved_model_is_the_export_without_its_card(kept, exported, method, tmp_path):
    folder = exported(method)
    load(kept, folder).save_pretrained(tmp_path)
    saved = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    there = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert saved.keys() == there.keys() - {folder.joinpath("README.md").relative_to(folder)}
    assert all(content == there[name] for name, content in saved.items())


def test_the_tagger_in_an_export_is_the_kept_one(kept, exported):
    for method in NETWORKS:
        expected = kept.out / kept.record(method).identity / "tagger"
        assert digests(exported(method) / "tagger") == digests(expected)
        words = kept.test[0][:2]
        assert kept.load(exported(method)).tag(words) == kept.load(method).tag(words)


def test_changed_weights_are_saved(kept, exported, tmp_path):
    model = load(kept, exported("bert-grid"))
    with torch.no_grad():
        model.method.project.bias += 1
    model.save_pretrained(tmp_path / "changed")
    again = load(kept, tmp_path / "changed")
    assert torch.equal(again.method.project.bias, model.method.project.bias)
    assert all(torch.equal(a, b) for a, b in zip(again.state_dict().values(), model.state_dict().values(), strict=True))


def test_config_and_tokenizer_load_by_the_auto_classes(kept, exported):
    config = AutoConfig.from_pretrained(exported("bert-grid"))
    record = kept.record("bert-grid")
    assert (config.model_type, config.method, config.identity) == ("mnerbench", "bert-grid", record.identity)
    assert config.reads == ["grid"]
    assert next(iter(config.id2label.values())) == "O"
    tokenizer = AutoTokenizer.from_pretrained(exported("bert-grid"))
    tagger = kept.load("bert-grid")
    words = kept.test[0][0]
    ids = tagger.batch([words]).subwords.ids[0].tolist()
    assert tokenizer(words, is_split_into_words=True)["input_ids"] == ids
    assert not (exported("hbilstm-crf") / "tokenizer.json").exists()  # words have no tokenizer


# --- Folders from others --------------------------------------------------------------------------------------------


def test_no_code_of_the_folder_runs(kept, copy, tmp_path):
    folder, mark = copy("bert-grid"), tmp_path / "ran"
    code = f"from pathlib import Path\nPath({str(mark)!r}).write_text('ran')\n"
    for name in ("modeling_evil.py", "configuration_evil.py", "conftest.py"):
        (folder / name).write_text(code, encoding="utf-8")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["auto_map"] = {"AutoConfig": "configuration_evil.C", "AutoModel": "modeling_evil.M"}
    config |= {"attn_implementation": "evil/kernel", "_attn_implementation": "evil/kernel", "dtype": "float16"}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    words = kept.test[0][:1]
    assert load(kept, folder).tag(words) == kept.load("bert-grid").tag(words)
    assert not mark.exists()


def test_damage_and_foreign_files_are_refused(copy):
    folder = copy("bert-grid")
    weights = folder / "tagger" / "weights.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(StoreError, match="damaged: another sha256"):
        AutoModel.from_pretrained(folder)
    weights.write_bytes(content)
    (folder / "tagger" / "more.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StoreError, match="not a file of this tagger"):
        AutoModel.from_pretrained(folder)
    (folder / "tagger" / "more.json").unlink()
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "identity": "f" * 16}), encoding="utf-8")
    with pytest.raises(StoreError, match=r"config\.json: of run ffffffffffffffff, the tagger is of run"):
        AutoModel.from_pretrained(folder)


# --- What is not supported ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": torch.float16}, "from_pretrained of an exported tagger has no option 'dtype'"),
        ({"device_map": "auto"}, "no option 'device_map'"),
        ({"output_loading_info": True}, "no option 'output_loading_info'"),
    ],
)
def test_options_with_a_meaning_for_other_models_are_refused(exported, options, message):
    with pytest.raises(ConfigError, match=message):
        mnerbench.hf.MnerTagger.from_pretrained(exported("bert-grid"), **options)


def test_nothing_is_pushed_and_nothing_overwritten(kept, exported, tmp_path):
    model = load(kept, exported("bert-grid"))
    with pytest.raises(ConfigError, match="no option 'push_to_hub'\n  -> upload the folder yourself"):
        model.save_pretrained(tmp_path / "a", push_to_hub=True)
    model.save_pretrained(tmp_path / "b", safe_serialization=True)
    with pytest.raises(ConfigError, match="holds a tagger\n  -> choose another folder"):
        model.save_pretrained(tmp_path / "b")


def test_a_model_whose_folder_is_gone_cannot_be_saved(kept, copy, tmp_path):
    folder = copy("bert-grid")
    model = load(kept, folder)
    (folder / "tagger" / "encoder" / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StoreError, match=r"tokenizer\.json: changed since the tagger was loaded"):
        model.save_pretrained(tmp_path / "a")
    shutil.rmtree(folder)
    with pytest.raises(StoreError, match="the tagger's folder is gone"):
        model.save_pretrained(tmp_path / "b")


def test_names_on_the_hub_and_bare_configs_are_refused(exported):
    with pytest.raises(StoreError, match=r"someone/tagger: no folder.*\n  -> download it first"):
        mnerbench.hf.MnerTagger.from_pretrained("someone/tagger")
    with pytest.raises(ConfigError, match=r"not built from its config\.json"):
        AutoModel.from_config(AutoConfig.from_pretrained(exported("bert-grid")))
