"""torchvision's classification networks: the right layer, the right pixels, the right weights."""

from __future__ import annotations

import hashlib
import random
import re
import subprocess
import sys
from types import SimpleNamespace
from urllib.error import URLError

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from safetensors.torch import save_file
from torchvision.models import ResNet18_Weights, densenet121, get_model, resnet18
from torchvision.transforms import Resize
from torchvision.transforms._presets import ImageClassification
from torchvision.transforms.functional import pil_to_tensor

from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError
from mnerbench.datasets.inputs import InputKind
from mnerbench.datasets.visual.extractors import backbone, torchvision_weights
from mnerbench.datasets.visual.extractors.backbone_card import BackboneCard


def drawn(width=300, height=200):
    """A picture with edges, an area and noise."""
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((width // 10, height // 3, width // 2, height - 9), fill="brown")
    pen.ellipse((width // 2, height // 8, width - 9, height // 2), fill="yellow")
    return picture


def arrays_of(extractor, *pictures):
    return [row.arrays for row in extractor.extract([extractor.prepare(picture) for picture in pictures])]


def own_weights(name, seed=0, **settings):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return get_model(name, weights=None, **settings).eval()


@pytest.fixture(scope="module")
def network():
    return own_weights("resnet18")


@pytest.fixture(scope="module")
def weights(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "mine.pth"
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def loaded(weights):
    return BackboneCard(model="resnet18", weights=str(weights), size=96, dtype="float32").load(None, "cpu")


def test_the_grid_is_the_last_stage_and_global_the_average_pool(network, loaded):
    outputs = {}
    hooks = [
        module.register_forward_hook(lambda *call, name=name: outputs.update({name: call[2].detach()}))
        for name, module in (("layer4", network.layer4), ("avgpool", network.avgpool))
    ]
    pictures = drawn(), drawn(90, 400)
    transform = ImageClassification(crop_size=96, resize_size=109)
    with torch.inference_mode():
        network(torch.stack([transform(picture) for picture in pictures]))
    for hook in hooks:
        hook.remove()
    for number, arrays in enumerate(arrays_of(loaded, *pictures)):
        expected = outputs["layer4"][number]
        assert arrays["grid"].shape == (9, 512)
        assert np.allclose(arrays["grid"].reshape(3, 3, 512), expected.permute(1, 2, 0), rtol=1e-4, atol=1e-3)
        assert np.allclose(arrays["global"], outputs["avgpool"][number].flatten(), rtol=1e-4, atol=1e-3)
        assert np.allclose(arrays["global"], arrays["grid"].mean(0), rtol=1e-4, atol=1e-3)
    shapes = {field.name: field.shape for field in loaded.fields}
    assert shapes == {"global": (512,), "grid": (9, 512)}
    assert BackboneCard.kinds == (InputKind.GLOBAL, InputKind.GRID)


def test_a_pyramid_is_the_average_of_every_stage(network, weights):
    settings = {"model": "resnet18", "weights": str(weights), "dtype": "float32"}
    card = BackboneCard(**settings, size=96, pyramid=2)
    names, outputs = ("layer1", "layer2", "layer3", "layer4"), {}
    hooks = [
        getattr(network, name).register_forward_hook(lambda *call, name=name: outputs.update({name: call[2].detach()}))
        for name in names
    ]
    with torch.inference_mode():
        network(ImageClassification(crop_size=96, resize_size=109)(drawn())[None])
    for hook in hooks:
        hook.remove()
    arrays = arrays_of(card.load(None, "cpu"), drawn())[0]
    assert card.parts == (64, 128, 256, 512)
    assert arrays["grid"].shape == (4, sum(card.parts))
    assert np.allclose(arrays["global"], arrays["grid"].mean(0), rtol=1e-4, atol=1e-4)
    start = 0
    for name, width in zip(names, card.parts, strict=True):
        feature_map = outputs[name][0].numpy()
        half = -(-feature_map.shape[1] // 2)  # of an odd map both halves have the middle row
        for cell, (row, column) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
            rows, columns = (slice(None, half) if index == 0 else slice(-half, None) for index in (row, column))
            expected = feature_map[:, rows, columns].mean((1, 2))
            assert np.allclose(arrays["grid"][cell, start : start + width], expected, rtol=1e-4, atol=1e-4)
        start += width


def test_only_networks_with_stages_have_a_pyramid():
    with pytest.raises(ConfigError, match=r"(?s)vgg16: pyramid needs a network with four stages.*take a ResNet"):
        BackboneCard(model="vgg16", pyramid=2)
    plain, deep = BackboneCard(model="resnet50"), BackboneCard(model="resnet50", pyramid=2)
    assert (plain.parts, deep.parts) == ((), (256, 512, 1024, 2048))
    assert "pyramid" not in plain.describe(None), "existing stores remain valid"
    assert deep.key(None) != plain.key(None)


HEADS = {
    "resnet18": lambda net, whole, grid: net.fc(whole),
    "regnet_x_400mf": lambda net, whole, grid: net.fc(whole),
    "shufflenet_v2_x0_5": lambda net, whole, grid: net.fc(whole),
    "densenet121": lambda net, whole, grid: net.classifier(whole),
    "efficientnet_b0": lambda net, whole, grid: net.classifier(whole),
    "mobilenet_v2": lambda net, whole, grid: net.classifier(whole),
    "mobilenet_v3_small": lambda net, whole, grid: net.classifier(whole),
    "convnext_tiny": lambda net, whole, grid: net.classifier(whole[:, :, None, None]),
    "swin_t": lambda net, whole, grid: net.head(whole),
    "squeezenet1_1": lambda net, whole, grid: net.classifier(grid.transpose(1, 2).unflatten(2, (3, 3))).mean((2, 3)),
    "alexnet": lambda net, whole, grid: net.classifier(
        net.avgpool(grid.transpose(1, 2).unflatten(2, (1, 1))).flatten(1)
    ),
    "vit_b_32": lambda net, whole, grid: net.heads(whole),
}


@pytest.mark.parametrize("name", HEADS)
def test_every_family_gives_the_input_of_its_classifier(name, monkeypatch):
    """torchvision's classifier over our vectors gives the logits of torchvision's whole network."""
    settings = {"image_size": 64} if name.startswith("vit") else {}
    network = own_weights(name, **settings)
    if settings:
        # torchvision starts this layer with zeros, which would make everything equal.
        torch.nn.init.normal_(network.heads.head.weight)
    monkeypatch.setattr(backbone, "trained_weights", lambda card, models: network.state_dict())
    loaded = BackboneCard(model=name, weights="mine.pth", size=64, dtype="float32").load(None, "cpu")
    transform = ImageClassification(crop_size=64, resize_size=73)
    with torch.inference_mode():
        expected = network(transform(drawn())[None])
        arrays = arrays_of(loaded, drawn())[0]
        whole, grid = torch.tensor(arrays["global"])[None], torch.tensor(arrays["grid"])[None]
        logits = HEADS[name](network, whole, grid)
    assert expected.std() > 0
    assert (logits - expected).abs().max() < 1e-3 * expected.abs().max()


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (224, 224), (50, 31), (1000, 130)])
def test_pixels_are_those_of_torchvisions_own_preprocessing(size):
    card = BackboneCard(model="resnet18", weights="random")
    loaded = backbone.Backbone(torch.nn.Conv2d(3, 2, 224), card, "cpu")
    pixels = (loaded.prepare(drawn(*size)).float() / 255 - loaded._mean) / loaded._deviation
    assert torch.allclose(pixels, ResNet18_Weights.IMAGENET1K_V1.transforms()(drawn(*size)), atol=1e-6)


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (50, 31), (2_000, 40)])
def test_a_squashed_picture_is_seen_whole(size):
    card = BackboneCard(model="resnet18", weights="random", resize="squash")
    loaded = backbone.Backbone(torch.nn.Conv2d(3, 2, 224), card, "cpu")
    pixels = loaded.prepare(drawn(*size))
    assert torch.equal(pixels, pil_to_tensor(Resize((224, 224))(drawn(*size))))


def test_resizing_is_part_of_the_stores_name_only_if_it_is_not_the_default():
    cards = [BackboneCard(model="resnet18", weights="random", resize=resize) for resize in ("crop", "squash")]
    described = [card.describe(None) for card in cards]
    assert "resize" not in described[0]
    assert described[1] == {**described[0], "resize": "squash"}


def test_a_strip_costs_no_memory(loaded):
    """Its shorter side would be resized to 109 pixels, the longer one to a million."""
    strip = Image.new("RGB", (20_000, 2), "red")
    assert loaded.prepare(strip).shape == (3, 96, 96)
    square = Image.new("RGB", (50, 50), "red")
    assert np.allclose(arrays_of(loaded, strip)[0]["grid"], arrays_of(loaded, square)[0]["grid"])


def test_the_global_random_generators_are_unchanged():
    before = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    BackboneCard(model="resnet18", weights="random", size=64).load(None, "cpu")
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state()[1], before[1])
    assert random.getstate() == before[2]


PROBE = """
import sys
import numpy as np
from PIL import Image
from mnerbench.datasets.visual.extractors.backbone_card import BackboneCard
extractor = BackboneCard(model="resnet18", weights="random", seed=3, size=64, dtype="float32").load(None, "cpu")
picture = Image.fromarray(np.arange(90 * 80 * 3, dtype=np.uint8).reshape(90, 80, 3))
np.save(sys.argv[1], extractor.extract([extractor.prepare(picture)])[0].arrays["grid"])
"""


def test_a_seed_is_the_same_network_in_another_process_and_another_seed_another(tmp_path):
    subprocess.run([sys.executable, "-c", PROBE, str(tmp_path / "there.npy")], check=True)
    picture = Image.fromarray(np.arange(90 * 80 * 3, dtype=np.uint8).reshape(90, 80, 3))
    card = BackboneCard(model="resnet18", weights="random", seed=3, size=64, dtype="float32")
    here = arrays_of(card.load(None, "cpu"), picture)[0]["grid"]
    assert np.allclose(here, np.load(tmp_path / "there.npy"), rtol=1e-4, atol=1e-4)
    other = arrays_of(card.model_copy(update={"seed": 4}).load(None, "cpu"), picture)[0]["grid"]
    assert not np.allclose(here, other, atol=0.1)
    assert card.key(None) != card.model_copy(update={"seed": 4}).key(None)


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2"])
def test_random_weights_stay_in_range_and_tell_pictures_apart(name, monkeypatch):
    """Also for uniform pictures. Without calibration, activations of one network grow and those of the other vanish."""
    pictures = drawn(), Image.new("RGB", (99, 99), "white"), Image.new("RGB", (99, 99), (128, 128, 128))
    card = BackboneCard(model=name, weights="random", size=64, dtype="float32")

    def peaks_and_similarity():
        arrays = arrays_of(card.load(None, "cpu"), *pictures)
        first, second = (row["global"] / np.linalg.norm(row["global"]) for row in arrays[:2])
        return [row["grid"].max() for row in arrays], float(first @ second)

    peaks, similarity = peaks_and_similarity()
    assert all(1 < peak < 100 for peak in peaks)
    monkeypatch.setattr(backbone, "calibrate", lambda *_: None)
    uncalibrated_peaks, uncalibrated_similarity = peaks_and_similarity()
    assert not all(1 < peak < 50 for peak in uncalibrated_peaks)
    assert similarity < uncalibrated_similarity - 0.1


def test_files_of_both_formats_give_the_same(network, loaded, tmp_path):
    save_file(network.state_dict(), tmp_path / "mine.safetensors")
    card = loaded.card.model_copy(update={"weights": "mine.safetensors"})
    other = card.load(tmp_path, "cpu")
    assert np.array_equal(arrays_of(other, drawn())[0]["grid"], arrays_of(loaded, drawn())[0]["grid"])


def test_a_classifier_of_other_classes_does_not_matter(network, loaded, tmp_path):
    torch.save({"model": resnet18(num_classes=7).state_dict() | trunk(network)}, tmp_path / "mine.pt")
    other = loaded.card.model_copy(update={"weights": "mine.pt"}).load(tmp_path, "cpu")
    assert np.array_equal(arrays_of(other, drawn())[0]["grid"], arrays_of(loaded, drawn())[0]["grid"])


def trunk(network):
    return {name: tensor for name, tensor in network.state_dict().items() if not name.startswith("fc")}


def test_names_of_old_densenet_files_are_converted(tmp_path):
    network = densenet121(weights=None)
    old = {
        re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", name): v for name, v in network.state_dict().items()
    }
    assert any(".norm.1." in name for name in old)
    torch.save(old, tmp_path / "old.pth")
    state = torchvision_weights.trained_weights(BackboneCard(model="densenet121", weights="old.pth"), tmp_path)
    assert state.keys() == network.state_dict().keys()


def test_the_description_covers_content_and_loads_no_torch(weights, tmp_path):
    card = BackboneCard(model="resnet18", weights=str(weights))
    (tmp_path / "mine.pth").write_bytes(weights.read_bytes())
    assert card.key(None) == BackboneCard(model="resnet18", weights="mine.pth").key(tmp_path)
    with (tmp_path / "mine.pth").open("ab") as stream:
        stream.write(b"more")
    assert card.key(None) != BackboneCard(model="resnet18", weights="mine.pth").key(tmp_path)
    assert card.key(None) == card.model_copy(update={"seed": 5}).key(None), "the seed is of random weights only"
    probe = (
        "import sys; from mnerbench.datasets.visual.extractors.backbone_card import BackboneCard; "
        f"names = ({str(weights)!r}, 'random', 'IMAGENET1K_V1'); "
        "[BackboneCard(model='resnet18', weights=name).describe(None) for name in names]; "
        "assert not {'torch', 'torchvision'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", probe], check=True)


def test_weights_that_cannot_be_downloaded_are_reported_with_every_alternative(monkeypatch, tmp_path):
    def offline(*_, **__):
        raise URLError("no network")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", offline)
    with pytest.raises(MissingInputError) as caught:
        BackboneCard(model="resnet18").load(tmp_path, "cpu")
    for part in ("no network", "resnet18-f37072fd.pth", "models folder", "weights=FILE", "weights=random"):
        assert part in str(caught.value)


def test_published_weights_are_taken_from_the_models_folder(network, weights, loaded, tmp_path, monkeypatch):
    name = f"resnet18-{hashlib.sha256(weights.read_bytes()).hexdigest()[:8]}.pth"
    (tmp_path / name).write_bytes(weights.read_bytes())
    entry = SimpleNamespace(url=f"https://example.org/{name}")
    monkeypatch.setattr(torchvision_weights, "published_weights", lambda card: entry)
    card = loaded.card.model_copy(update={"weights": "IMAGENET1K_V1"})
    published = card.load(tmp_path, "cpu")
    assert np.array_equal(arrays_of(published, drawn())[0]["grid"], arrays_of(loaded, drawn())[0]["grid"])
    (tmp_path / name).write_bytes(b"cut off")
    with pytest.raises(DataError, match="does not match the hash in its name"):
        card.load(tmp_path, "cpu")


def test_files_that_do_not_fit_are_rejected(network, tmp_path):
    def load(content, **settings):
        torch.save(content, tmp_path / "bad.pth")
        return BackboneCard(weights="bad.pth", **{"model": "resnet18", **settings}).load(tmp_path, "cpu")

    with pytest.raises(DataError, match=r"bad.pth: lacks 1 of \d+ tensors of resnet18, for example conv1.weight"):
        load({name: tensor for name, tensor in trunk(network).items() if name != "conv1.weight"})
    with pytest.raises(DataError, match=r"conv1.weight is \[64, 3, 3, 3\], but resnet18"):
        load({**trunk(network), "conv1.weight": torch.zeros(64, 3, 3, 3)})
    with pytest.raises(DataError, match="does not hold a state dict"):
        load([1, 2])
    (tmp_path / "text.pth").write_text("no weights")
    with pytest.raises(DataError, match="cannot be read as a state dict"):
        BackboneCard(model="resnet18", weights="text.pth").load(tmp_path, "cpu")
    with pytest.raises(MissingInputError, match=r"weights file gone.pth does not exist"):
        BackboneCard(model="resnet18", weights="gone.pth").describe(tmp_path)


def test_invalid_settings_are_rejected_with_suggestions():
    with pytest.raises(ConfigError, match=r"did you mean.*'resnet152'"):
        BackboneCard(model="resnet125")
    with pytest.raises(ConfigError, match=r"(?s)publishes no weights 'imagenet'; did you mean 'IMAGENET1K_V1'.*a file"):
        BackboneCard(model="resnet18", weights="imagenet")
    with pytest.raises(ConfigError, match=r"publishes no weights 'IMAGENET1K_V9'; did you mean 'IMAGENET1K_V1'"):
        BackboneCard(model="resnet18", weights="IMAGENET1K_V9")
    with pytest.raises(ConfigError, match=r"no weights 'IMAGENET1K_V1'; did you mean 'IMAGENET1K_SWAG"):
        BackboneCard(model="vit_h_14")
    for name, weights in (("vgg16", "IMAGENET1K_FEATURES"), ("efficientnet_v2_l", "IMAGENET1K_V1")):
        with pytest.raises(ConfigError, match="not normalised with ImageNet's statistics"):
            BackboneCard(model=name, weights=weights)
    with pytest.raises(ConfigError, match="a multiple of 32"):
        BackboneCard(model="vit_b_32", weights="random", size=100)
