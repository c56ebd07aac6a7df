"""`benchmark show`: every method can be shown, and sizes are those that papers print."""

import json

import pytest
from click.testing import CliRunner

from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.training.parameter_counts import CLASSIFIER, NETWORKS, sizes
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.datasets.inputs import InputKind
from mnerbench.methods.base.family import Variant
from mnerbench.methods.registry import methods


def show(*words):
    result = CliRunner().invoke(cli, ["show", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def facts(name, *words):
    return json.loads(show(name, "--format", "json", *words))


@pytest.mark.parametrize("name", [entry.name for entry in methods()])
def test_every_method_can_be_shown(name):
    text = show(name)
    entry = methods()[name]
    assert entry.variant.summary in text
    described = facts(name)
    assert [setting["name"] for setting in described["settings"]] == list(entry.family.config.model_fields)
    assert all(setting["meaning"] for setting in described["settings"]), "every setting says what it means"
    assert (described["parameters"] == {}) == (not entry.family.is_trained)


def test_umt_has_the_parameters_that_maf_table_3_prints():
    counts = facts("umt-x")["parameters"]
    assert (counts["used"], counts["used"] + counts["unused pooler"]) == (147_512_342, 148_102_934)
    assert counts["as papers count"] == 208_295_742
    assert counts["used, with the used part of the picture network"] == 205_656_150


def test_maf_and_the_printed_figure_differ_by_what_the_card_says():
    counts = facts("maf")["parameters"]
    layers, scores, biases, labels = 2 * 7_087_872, 128 * 2 * 768 + 2, 3 * 768, 4 * 1537 + 195 - 99
    assert counts["as papers count"] + layers + scores + biases + labels == 196_280_314
    for number in (layers, scores, biases, labels):
        assert f"{number:,}" in facts("maf")["published_parameters"]


def test_the_picture_network_has_as_many_as_torchvisions():
    torch = pytest.importorskip("torch")
    from torchvision.models import get_model

    for name, count in NETWORKS.items():
        with torch.device("meta"):
            network = get_model(name)
        assert sum(p.numel() for p in network.parameters()) == count
        assert sum(p.numel() for p in network.fc.parameters()) == CLASSIFIER


def test_hvpnet_is_counted_over_all_stages_of_its_network():
    counts = facts("hvpnet")["parameters"]
    stages, layers = (256, 512, 1024, 2048), 12
    maps = sum(2 * width + width * 768 + 768 for width in stages)
    gates, prefixes = 768 * 4 * layers + 4 * layers, layers * (768 * 1536 + 1536)
    assert counts["new layers"] == maps + gates + prefixes + 9 * 768 + 9
    assert (counts["pictures by"], counts["picture network"]) == ("resnet50", NETWORKS["resnet50"])


def test_an_encoder_folder_needs_no_weights(tmp_path):
    shape = {
        "model_type": "bert",
        "vocab_size": 100,
        "hidden_size": 24,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    (tmp_path / "config.json").write_text(json.dumps(shape))
    assert facts("bert-crf", "--encoder", str(tmp_path))["parameters"]["new layers"] == 24 * 9 + 9


def test_special_properties_of_a_variant_are_shown():
    assert "maskrcnn_resnet50_fpn" in show("hamlearning-maskrcnn")
    assert facts("maf")["couples_tweets"]
    assert not facts("maf-no-ca-cm")["couples_tweets"]
    contexts = next(setting for setting in facts("ita-ga")["settings"] if setting["name"] == "contexts")
    assert contexts["value"] == contexts["default"] == ["captions"]


def test_a_method_without_pictures_counts_no_picture_network():
    counts = facts("bert-crf")["parameters"]
    assert counts["picture network"] == 0
    assert counts["text encoder"] + counts["new layers"] + counts["CRF"] == counts["used"]


@pytest.mark.parametrize(
    ("source", "network"),
    [("resnet50", "resnet50"), ("resnet101", "resnet101"), ("file|resnet50", ""), ("vision@model=x", "")],
)
def test_a_variant_with_any_source_can_be_counted(source, network):
    entry = methods()["bert-grid"]._replace(variant=Variant("x", {}, {InputKind.GRID: source}))
    counts = sizes(entry, "bert-base-cased", None)
    assert (counts.network, counts.pictures) == (network, NETWORKS.get(network, 0))


def test_other_encoders_have_other_sizes():
    assert facts("bert-crf", "--encoder", "xlm-roberta-large")["parameters"]["text encoder"] == 558_840_832


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (["umtt"], ConfigError, "did you mean 'umt'"),
        (["umt", "--encoder", "bert-base-uncasd"], MissingInputError, "did you mean 'bert-base-uncased'"),
        (["umt", "--encoder", "scratch"], MissingInputError, "depends on the training texts"),
    ],
)
def test_a_wrong_name_is_one_clear_error(words, error, says):
    with pytest.raises(error, match=says):
        CliRunner().invoke(cli, ["show", *words], catch_exceptions=False)
