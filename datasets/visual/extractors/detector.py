"""torchvision's Faster R-CNN and Mask R-CNN: boxes, classes, scores, and the box head's vector of each detection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnerbench.datasets.visual.decoding import BadPictureError
from mnerbench.datasets.visual.extractors.base import Extractor
from mnerbench.datasets.visual.extractors.detector_card import DetectorCard
from mnerbench.datasets.visual.extractors.inference import inference_context, to_numpy
from mnerbench.datasets.visual.extractors.random_weights import calibrate, seeded
from mnerbench.datasets.visual.extractors.torchvision_card import RANDOM
from mnerbench.datasets.visual.extractors.torchvision_weights import is_published, load_weights, trained_weights
from mnerbench.datasets.visual.store.store import Field, Row

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor, nn

# torchvision trained these with an epsilon of 0 in batch normalisation, and builds them so for published weights.
_NO_EPSILON = frozenset({"fasterrcnn_resnet50_fpn", "maskrcnn_resnet50_fpn"})
_NOISE_SIZE = 320
_NOISE_BOXES = 50


class Detector(Extractor):
    """A loaded detector.

    Pictures are processed one by one: in a batch they would be padded to a common size, and detections must not depend
    on the other pictures. Computation is always in float32, because score thresholds and non-maximum suppression turn
    small numerical errors into different sets of boxes.

    Args:
        network: torchvision's network, in evaluation mode.
        card: its settings.
        device: device of the network.
    """

    def __init__(self, network: Any, card: DetectorCard, device: str) -> None:
        self.network, self.card, self.device = network, card, device
        self.batch_size = 4 if device.startswith("cuda") else 1
        self.network.roi_heads.score_thresh = card.threshold
        self.network.roi_heads.detections_per_img = card.top
        width = self.network.roi_heads.box_predictor.cls_score.in_features
        self.fields = (
            Field("boxes", (-1, 4), "float32"),
            Field("labels", (-1,), "int64"),
            Field("scores", (-1,), "float32"),
            Field("features", (-1, width), card.dtype),
        )

    def prepare(self, picture: Image) -> Any:
        """All pixels, uint8 [3, height, width].

        Raises:
            BadPictureError: the shorter side would vanish at the detector's input size.
        """
        from torchvision.transforms import functional as transforms

        short, long = sorted(picture.size)
        if short * self.network.transform.max_size < long:
            raise BadPictureError(f"{picture.width} x {picture.height} pixels, too narrow for a detector")
        return transforms.pil_to_tensor(picture)

    def extract(self, prepared: Sequence[Any]) -> list[Row]:
        """Rows with `boxes` (x1, y1, x2, y2 in pixels of the upright picture), `labels`, `scores`, `features`.

        Regions are sorted by descending score. Facts: `size` [width, height], `tags` [[name, score], ...], one per
        region.
        """
        return [self._row(pixels) for pixels in prepared]

    def _row(self, pixels: Tensor) -> Row:
        with inference_context(self.device):
            detections = self._detect(pixels.to(self.device).float() / 255)
        arrays = {field.name: to_numpy(detections[field.name], field.dtype) for field in self.fields}
        pairs = zip(arrays["labels"].tolist(), arrays["scores"].tolist(), strict=True)
        height, width = pixels.shape[1:]
        tags = [[self.card.labels[label], score] for label, score in pairs]
        return Row(arrays, {"size": [width, height], "tags": tags})

    def _detect(self, picture: Tensor) -> dict[str, Tensor]:
        """Detections as in the network's forward pass, with the vectors of the final boxes.

        The second stage pools proposals; a detection is a proposal shifted by the box regression of its class. Its
        vector is therefore pooled again, from the final box.
        """
        images, _ = self.network.transform([picture])
        maps = self.network.backbone(images.tensors)
        proposals, _ = self.network.rpn(images, maps)
        heads = self.network.roi_heads
        logits, deltas = heads.box_predictor(heads.box_head(heads.box_roi_pool(maps, proposals, images.image_sizes)))
        boxes, scores, labels = heads.postprocess_detections(logits, deltas, proposals, images.image_sizes)
        vectors = heads.box_head(heads.box_roi_pool(maps, boxes, images.image_sizes))
        detections = [{"boxes": boxes[0], "scores": scores[0], "labels": labels[0], "features": vectors}]
        scaled: list[dict[str, Tensor]] = self.network.transform.postprocess(
            detections, images.image_sizes, [tuple(picture.shape[1:])]
        )
        return scaled[0]


def load_detector(card: DetectorCard, models: Path | None, device: str) -> Detector:
    """Build a detector, load its weights and move it to a device. Leaves the global random generators unchanged.

    Raises:
        DataError: the weights file does not fit the network, for example because its classes are not COCO's.
        MissingInputError: the weights cannot be found.
    """
    from torchvision.models import get_model

    with seeded(card.seed):
        network = get_model(card.model, weights=None, weights_backbone=None, num_classes=len(card.labels)).eval()
    if card.weights == RANDOM:
        calibrate(network, lambda pictures: _run_box_head(network, pictures), _NOISE_SIZE, card.seed)
    else:
        load_weights(network, trained_weights(card, models), card, unused=("roi_heads.mask",))
        if card.model in _NO_EPSILON and is_published(card, "COCO_V1", models):
            _set_zero_epsilon(network)
    return Detector(network.to(device), card, device)


def _run_box_head(network: Any, pictures: Tensor) -> None:
    """Run normalised pictures through the network up to the box head, with a few proposals each."""
    from torchvision.models.detection.image_list import ImageList

    sizes = [(_NOISE_SIZE, _NOISE_SIZE)] * len(pictures)
    maps = network.backbone(pictures)
    proposals, _ = network.rpn(ImageList(pictures, sizes), maps)
    boxes = [candidates[:_NOISE_BOXES] for candidates in proposals]
    network.roi_heads.box_head(network.roi_heads.box_roi_pool(maps, boxes, sizes))


def _set_zero_epsilon(network: nn.Module) -> None:
    from torch import nn

    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 0.0
