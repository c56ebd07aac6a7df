"""Commands and flags of other tools, and their names here."""

from __future__ import annotations

from collections.abc import Mapping

# Verbs of other tools. The values are arguments of `benchmark`.
COMMANDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("train", "fit", "start", "resume", "launch", "benchmark"), ("run --suite twitter15",)),
    **dict.fromkeys(
        ("evaluate", "eval", "test", "predict"),
        ("run --suite twitter15   # trains and scores the test split", "score FILE --dataset NAME --name THEIRS"),
    ),
    **dict.fromkeys(("leaderboard", "results", "table", "html", "export"), ("report", "status")),
    **dict.fromkeys(("download", "fetch", "get", "pull", "install"), ("data get twitter15",)),
    **dict.fromkeys(("datasets", "dataset", "corpora"), ("list datasets", "data get twitter15")),
    **dict.fromkeys(("methods", "models", "model", "method"), ("list methods", "show METHOD")),
    **dict.fromkeys(("suites", "suite"), ("list suites", "plan --suite NAME")),
    "encoders": ("list encoders",),
    "extractors": ("list extractors",),
    "ls": ("list methods", "list suites", "list datasets"),
    **dict.fromkeys(("info", "describe", "help"), ("show METHOD", "--help")),
    **dict.fromkeys(("check", "verify", "validate"), ("data check twitter15", "plan --suite twitter15 --check")),
    **dict.fromkeys(("prepare", "extract", "features", "preprocess"), ("data prepare twitter15 --for bert-grid",)),
    **dict.fromkeys(("look", "view", "browse"), ("data look twitter15",)),
    **dict.fromkeys(("search", "sweep", "optimize", "optimise", "hpo", "optuna"), ("tune --suite twitter15",)),
    **dict.fromkeys(("dry-run", "dryrun", "estimate", "preview"), ("plan --suite twitter15",)),
    **dict.fromkeys(("diff", "versus", "vs"), ("compare A B",)),
    **dict.fromkeys(("mlflow", "log", "track"), ("sync",)),
    **dict.fromkeys(("time", "speed", "profile", "bench"), ("perf",)),
    **dict.fromkeys(("ps", "state", "progress"), ("status",)),
    **dict.fromkeys(("version", "versions", "doctor"), ("--version", "env")),
}

# The same for `benchmark data`.
DATA_COMMANDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("download", "fetch", "pull", "install"), ("get NAME",)),
    **dict.fromkeys(("images", "pictures"), ("get NAME --images",)),
    **dict.fromkeys(("verify", "validate", "health", "stats"), ("check NAME",)),
    **dict.fromkeys(("extract", "features", "preprocess"), ("prepare NAME --for bert-grid",)),
    **dict.fromkeys(("view", "show", "browse"), ("look NAME",)),
    "ls": ("list",),
}

# Flags of other tools. Text in braces is an example, which the value typed after the flag replaces. A suggestion is
# dropped if the command has no such option.
FLAGS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("--method", "--only"), ("--methods {A,B}",)),
    **dict.fromkeys(("--model", "--model-name"), ("--methods {A,B}", "--encoder {NAME}")),
    **dict.fromkeys(("--bert", "--bert-model", "--pretrained", "--lm"), ("--encoder {NAME}",)),
    **dict.fromkeys(("--dataset", "--datasets", "--corpus"), ("--datasets {A,B}", "--dataset {NAME}")),
    **dict.fromkeys(
        ("--seed", "--seeds"), ("--seeds {5}   # number of seeds, from 0", "--seeds {7},   # this seed", "--seed {7}")
    ),
    **dict.fromkeys(("--num-seeds", "--n-seeds", "--runs"), ("--seeds {5}",)),
    **dict.fromkeys(("--epochs", "--epoch", "--num-epochs"), ("--set training.epochs={5}",)),
    **dict.fromkeys(("--batch-size", "--batch", "--bs"), ("--set training.batch_size={16}",)),
    **dict.fromkeys(
        ("--lr", "--learning-rate"),
        (
            "--set training.lr_encoder={5e-5}   # text encoder",
            "--set training.lr_new={1e-3}   # new layers",
            "--set training.lr_crf={5e-2}   # CRF",
        ),
    ),
    **dict.fromkeys(("--fp16", "--bf16", "--amp", "--precision"), ("--set training.precision=bf16",)),
    **dict.fromkeys(("--max-len", "--max-length", "--max-seq-length"), ("--set training.max_pieces={256}",)),
    **dict.fromkeys(("--data-dir", "--data-path", "--data-folder", "--root"), ("--data {DIR}",)),
    **dict.fromkeys(("--output", "--output-dir", "--out-dir", "--results", "-o"), ("--out {DIR}",)),
    **dict.fromkeys(("--model-dir", "--models-dir"), ("--models {DIR}",)),
    "--cache-dir": ("--cache {DIR}",),
    **dict.fromkeys(("--config", "--config-file", "-c", "--suites"), ("--suite {NAME}",)),
    **dict.fromkeys(("--gpu", "--gpus", "--cuda"), ("--device cuda", "--per-gpu 1")),
    **dict.fromkeys(("--jobs", "-j", "--num-workers", "--n-jobs"), ("--workers {4}",)),
    **dict.fromkeys(("--force", "--overwrite"), ("--rerun all",)),
    **dict.fromkeys(("--retry", "--resume"), ("--rerun failed",)),
    **dict.fromkeys(("--captions", "--caption"), ("--input captions={blip2}",)),
    **dict.fromkeys(("--image", "--pictures"), ("--images",)),
    "--no-images": ("--methods majority,lookup,bert,bert-crf   # the text-only ones",),
    "--metric": ("--scorer {conlleval}",),
    "--json": ("--format json",),
}
