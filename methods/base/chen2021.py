"""Citation and training settings of "Can images help recognize entities?", whose systems are in several folders."""

CITATION = (
    "Chen et al. 2021, W-NUT (Can images help): Can images help recognize entities? A study of the role of images for "
    "Multimodal NER"
)
# §3: 5e-5, batches of 32, `a learning rate scheduler (Devlin et al., 2019)`; epochs and warm-up of the released code.
TRAINING = {"epochs": 20, "batch_size": 32, "lr_encoder": 5e-5, "lr_new": 5e-5, "lr_crf": 5e-5, "warmup": 0.0}
