"""Training settings of RpBERT's released code, which also RIVA has here."""

TRAINING = {
    "epochs": 10,
    "batch_size": 16,
    "lr_encoder": 1e-5,
    "lr_new": 1e-3,
    "lr_crf": 1e-3,
    "warmup": 0.0,
    "weight_decay": 0.0,
}
