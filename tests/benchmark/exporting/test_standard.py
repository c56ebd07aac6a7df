"""Exports for `AutoModelForTokenClassification`: exactly the tagger, without code of ours, or refused with a reason."""

import dataclasses
import json
import os
import subprocess
import sys

import pytest
import torch
import transformers
from safetensors.torch import load_file
from tiny_encoder import VOCABULARY
from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline

import mnerbench
from mnerbench.benchmark.exporting.standard import standard_difference, standard_parts, write_standard
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.tagging.tagger import Tagger
from mnerbench.datasets.errors import ConfigError
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.encoders.subword_tokenizer import SubwordTokenizer
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.subword_tagger import SubwordTagger

pytestmark = pytest.mark.slow
WITHOUT_US = """
import json, sys
import torch
from safetensors.torch import save_file
from transformers import AutoModelForTokenClassification, AutoTokenizer
folder, target = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForTokenClassification.from_pretrained(folder)
logits = {}
for number, words in enumerate(json.load(sys.stdin)):
    read = tokenizer(words, is_split_into_words=True, truncation=True, return_tensors="pt")
    firsts = [read.word_ids().index(word) for word in range(len(words))]
    with torch.no_grad():
        logits[str(number)] = model(**read).logits[0, firsts].contiguous()
save_file(logits, target)
assert not [name for name in sys.modules if name.startswith("mnerbench")]
"""


@pytest.fixture(scope="module")
def exported(kept, tmp_path_factory):
    """The export of `bert`, a softmax over an encoder."""
    folder = tmp_path_factory.mktemp("hub") / "bert"
    done = mnerbench.export("bert", folder, out=kept.out, data=kept.data)
    assert (done.folder, done.kind, done.notes) == (folder, "standard", ())
    assert done.bytes == sum(path.stat().st_size for path in folder.iterdir())
    return folder


def emissions(tagger, words):
    """Emissions of each tweet alone, [words, labels]."""
    with torch.inference_mode():
        return [tagger._loaded.method(tagger.batch([tweet]))[0] for tweet in words]


def test_the_folder_has_the_files_of_a_model(exported):
    names = {"README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    assert {path.name for path in exported.iterdir()} == names
    config = json.loads((exported / "config.json").read_text(encoding="utf-8"))
    assert config["architectures"] == ["BertForTokenClassification"]
    assert not [name for name in ("auto_map", "_name_or_path") if config.get(name)]


def test_without_this_package_the_emissions_are_the_same_numbers(kept, exported, tmp_path):
    words = kept.test[0]
    script, target = tmp_path / "load.py", tmp_path / "logits.safetensors"
    script.write_text(WITHOUT_US, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, script, exported, target]
    subprocess.run(command, input=json.dumps(words), text=True, check=True, cwd=tmp_path, env=environment)
    logits = load_file(target)
    for number, expected in enumerate(emissions(kept.load("bert"), words)):
        assert torch.equal(logits[str(number)], expected)


def test_the_labels_are_those_of_the_run(kept, exported):
    tokenizer = AutoTokenizer.from_pretrained(exported)
    model = AutoModelForTokenClassification.from_pretrained(exported)
    assert tuple(model.config.id2label.values()) == kept.load("bert")._loaded.method.labels
    predicted = []
    for words in kept.test[0]:
        read = tokenizer(words, is_split_into_words=True, truncation=True, return_tensors="pt")
        best = model(**read).logits[0].argmax(-1).tolist()
        predicted.append([model.config.id2label[best[read.word_ids().index(n)]] for n in range(len(words))])
    assert predicted == kept.predictions("bert")


def test_a_padded_batch_gives_the_same_labels(kept, exported):
    tokenizer = AutoTokenizer.from_pretrained(exported)
    model = AutoModelForTokenClassification.from_pretrained(exported)
    words = kept.test[0]
    read = tokenizer(words, is_split_into_words=True, padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        logits = model(**read).logits
    for number, expected in enumerate(emissions(kept.load("bert"), words)):
        firsts = [read.word_ids(number).index(word) for word in range(len(expected))]
        assert torch.allclose(logits[number, firsts], expected, atol=1e-5)


def test_the_pipeline_finds_the_entities_of_the_tagger(kept, exported):
    """The words of a probe are no punctuation within words, so every first subword begins a word of the pipeline."""
    find = pipeline("token-classification", model=str(exported), aggregation_strategy="first")
    words = kept.test[0]
    tagged = kept.load("bert").tag(words)
    assert tagged.entities
    for tweet in tagged:
        spans = [(predicted["entity_group"], predicted["start"], predicted["end"]) for predicted in find(tweet.text)]
        assert spans == [(entity.type, entity.start_char, entity.end_char) for entity in tweet.entities]


def test_the_scores_of_the_pipeline_are_the_marginals(kept, exported):
    find = pipeline("token-classification", model=str(exported), ignore_labels=[])
    tokenizer = AutoTokenizer.from_pretrained(exported)
    words = ["@user", "can't", "Rosow", ":)"]  # the tokenizer of this encoder splits none of them by punctuation
    [predicted] = find(words, is_split_into_words=True)
    firsts = [tokenizer(words, is_split_into_words=True).word_ids().index(n) for n in range(len(words))]
    expected = emissions(kept.load("bert"), [words])[0].softmax(-1)
    by_index = {entity["index"]: entity for entity in predicted}
    for word, first in enumerate(firsts):
        assert by_index[first]["score"] == pytest.approx(float(expected[word].max()), abs=1e-5)


def changed(kept, method="bert", *, config=(), training=()):
    """A kept tagger with other settings."""
    loaded = kept.load(method)._loaded
    spec, settings = loaded.file.spec, type(loaded.config)
    trained = type(spec.training).model_validate({**spec.training.model_dump(), **dict(training)})
    return dataclasses.replace(
        loaded,
        file=loaded.file.model_copy(update={"spec": spec.model_copy(update={"training": trained})}),
        config=settings.model_validate({**loaded.config.model_dump(), **dict(config)}),
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"method": "bert-crf-x"}, "labels are not chosen word by word"),
        ({"method": "bert-span"}, "decoder = spans"),
        ({"method": "bert-grid"}, "bert-grid has other layers"),
        ({"method": "ita-all"}, "ita-all has other layers"),
        ({"method": "hbilstm-crf"}, "other layers"),
        ({"config": {"pooling": "mean"}}, "pooling = mean"),
        ({"config": {"label_rule": "x"}}, "labels every subword"),
        ({"training": {"scheme": "bioes", "stray_inside": "repair"}}, "labels are in bioes"),
        ({"training": {"precision": "bf16"}}, "computes in bf16"),
    ],
)
def test_what_transformers_does_not_compute_has_a_reason(kept, change, reason):
    assert reason in str(standard_parts(changed(kept, **change)))


def test_a_subclass_with_states_of_its_own_is_not_standard(kept):
    class Scaled(SubwordTagger):
        def states(self, batch):
            return 2 * super().states(batch)

    loaded = kept.load("bert")._loaded
    loaded.method.__class__ = Scaled
    assert "other layers" in standard_parts(loaded)


def test_standard_is_refused_with_the_reason(kept, tmp_path):
    with pytest.raises(ConfigError, match=r"bert-crf-x is no AutoModelForTokenClassification: decoder = crf.*\n  -> "):
        mnerbench.export("bert-crf-x", tmp_path / "x", kind="standard", out=kept.out)
    assert not list(tmp_path.iterdir())


def test_other_emissions_and_other_subwords_are_noticed(kept, tmp_path):
    tagger = kept.load("bert")
    parts = standard_parts(tagger._loaded)
    assert write_standard(parts, tmp_path) is None
    assert standard_difference(parts, tagger, tmp_path) is None
    with torch.no_grad():
        parts.method.project.bias[1] += 1e-3
    assert "gives other emissions" in standard_difference(parts, tagger, tmp_path)
    path = tmp_path / "tokenizer.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"WhitespaceSplit"', '"BertPreTokenizer"'), "utf-8")
    assert "splits words otherwise" in standard_difference(parts, tagger, tmp_path)
    path.write_text("{", encoding="utf-8")
    assert "transformers cannot load it" in standard_difference(parts, tagger, tmp_path)


SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
SMALL |= {"vocab_size": len(VOCABULARY), "max_position_embeddings": 200}


def over(kept, config):
    """A tagger with random weights over a small encoder."""
    tokenizer = transformers.BertTokenizerFast(vocab={word: number for number, word in enumerate(VOCABULARY)})
    model = transformers.AutoModel.from_config(config)
    if getattr(model, "pooler", None) is not None:
        model.pooler = None
    encoder = TextEncoder(model, SubwordTokenizer(tokenizer, 128))
    method = SubwordTagger(SubwordTaggerConfig(decoder="softmax"), encoder, ("O", "B-PER", "I-PER")).eval()
    loaded = kept.load("bert")._loaded
    return dataclasses.replace(loaded, method=method, config=method.config)


@pytest.mark.parametrize(
    "config",
    [
        transformers.BertConfig(**SMALL),
        transformers.RobertaConfig(**SMALL, pad_token_id=0),
        transformers.XLMRobertaConfig(**SMALL, pad_token_id=0),
        transformers.ElectraConfig(**SMALL, embedding_size=8),
        transformers.AlbertConfig(**SMALL, embedding_size=8),
        transformers.DebertaV2Config(**SMALL),
        transformers.DistilBertConfig(vocab_size=SMALL["vocab_size"], dim=16, n_layers=1, n_heads=2, hidden_dim=32),
        transformers.MPNetConfig(**SMALL),
    ],
    ids=lambda config: config.model_type,
)
def test_encoders_of_other_types_give_their_emissions(kept, config, tmp_path):
    torch.manual_seed(0)
    loaded = over(kept, config)
    parts = standard_parts(loaded)
    assert write_standard(parts, tmp_path) is None
    tagger = Tagger(loaded, LocalResources(RunPaths.resolve(device="cpu")))
    assert standard_difference(parts, tagger, tmp_path) is None


def test_an_encoder_whose_class_has_a_further_layer_is_not_standard(kept, tmp_path):
    config = transformers.ModernBertConfig(**SMALL, pad_token_id=0, cls_token_id=2, sep_token_id=3)
    assert "has other layers" in write_standard(standard_parts(over(kept, config)), tmp_path)


def test_an_encoder_without_a_token_classification_class_is_not_standard(kept, tmp_path):
    loaded = over(kept, transformers.SplinterConfig(**SMALL))
    assert "no token classification model over splinter" in write_standard(standard_parts(loaded), tmp_path)
