"""The class by which transformers loads exported taggers of any trained method, after `import mnerbench.hf`.

Its folder holds the kept tagger unchanged in `tagger/`, and is read as one: exactly the listed files, with their sizes
and digests. Settings come from `tagger/tagger.json`; `config.json` only tells transformers which class to use.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import TokenClassifierOutput

from mnerbench.benchmark.exporting.tagger_folder import write_tagger_folder
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.benchmark.resources.paths import RunPaths
from mnerbench.benchmark.results.spec import Precision
from mnerbench.benchmark.results.store import TAGGER
from mnerbench.benchmark.tagging.positions import Tweet
from mnerbench.benchmark.tagging.tagged import Tagged
from mnerbench.benchmark.tagging.tagger import Images, Tagger
from mnerbench.benchmark.training.kept_tagger import LoadedTagger, load_kept
from mnerbench.datasets.errors import ConfigError, StoreError
from mnerbench.datasets.untrusted.display import one_line
from mnerbench.datasets.untrusted.files import named
from mnerbench.methods.base.family import CountingMethod

MODEL_TYPE = "mnerbench"
# What the Auto classes pass on; without meaning for a local folder.
_OF_THE_HUB = {
    *("_from_auto", "adapter_kwargs", "cache_dir", "force_download", "local_files_only", "proxies", "revision"),
    *("subfolder", "token", "trust_remote_code", "use_safetensors"),
}
_HARMLESS = {"is_main_process", "safe_serialization", "max_shard_size"}


class MnerTaggerConfig(PretrainedConfig):  # type: ignore[no-untyped-call]
    """Content of `config.json` of an exported tagger; everything else is in `tagger/tagger.json`.

    Attributes:
        method: name of the method.
        identity: of its run.
        reads: kinds of visual inputs.
    """

    model_type: ClassVar[str] = MODEL_TYPE

    def __init__(self, method: str = "", identity: str = "", reads: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.method, self.identity, self.reads = method, identity, list(reads)
        super().__init__(**kwargs)


def config_of(loaded: LoadedTagger) -> MnerTaggerConfig:
    """The settings of a tagger, as transformers shows them."""
    spec, labels = loaded.file.spec, loaded.file.labels
    return MnerTaggerConfig(
        spec.method,
        spec.identity,
        tuple(kind.value for kind in loaded.config.inputs),
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
        architectures=[MnerTagger.__name__],
    )


class MnerTagger(PreTrainedModel):  # type: ignore[no-untyped-call]
    """A kept tagger as a model of transformers: `tag` finds the entities of tweets, `forward` gives emissions.

    Load it by `from_pretrained`, of this class or of `AutoModel`; no code of the folder runs.

    Attributes:
        method: the network.
    """

    config_class = MnerTaggerConfig
    main_input_name = "tweets"

    def __init__(self, config: MnerTaggerConfig, loaded: LoadedTagger | None = None, *args: Any) -> None:
        if loaded is None or isinstance(loaded.method, CountingMethod):
            reason = "a tagger is not built from its config.json, which has no settings of its network"
            raise ConfigError(f"{reason}\n  -> AutoModel.from_pretrained(FOLDER), after `import mnerbench.hf`")
        super().__init__(config, *args)
        self.post_init()  # type: ignore[no-untyped-call] # before the network is there, which it would initialise
        self._loaded, self._source = loaded, Path()
        self._paths = RunPaths.resolve()
        self.method = loaded.method

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls,
        pretrained_model_name_or_path: str | os.PathLike[str],
        *args: Any,
        data: str | Path | None = None,
        models: str | Path | None = None,
        cache: str | Path | None = None,
        **options: Any,
    ) -> Self:
        """Load an exported tagger, on the CPU and in evaluation mode.

        Args:
            pretrained_model_name_or_path: its folder on this machine.
            args: none.
            data: folder of datasets, for methods that read files of their training data by image id.
            models: folder of pretrained models, for extractors of pictures.
            cache: folder of extracted features.
            options: those of the hub, which have no meaning for a folder; `dtype` may be float32.

        Raises:
            StoreError: there is no such folder, or a file of it is missing, foreign, a link or damaged.
            ConfigError: its method is not installed, or an option is not supported.
        """
        folder, config = Path(pretrained_model_name_or_path), options.pop("config", None)
        _require_supported(options, _OF_THE_HUB, "from_pretrained")
        if args:
            raise ConfigError("from_pretrained takes one argument, the folder\n  -> leave out the others")
        if not folder.is_dir():
            way = "download it first: hf download USER/NAME --local-dir FOLDER"
            raise StoreError(f"{one_line(folder)}: no folder; an exported tagger loads from a folder\n  -> {way}")
        loaded = load_kept(folder / TAGGER)
        named_run = getattr(config, "identity", None)
        if config is not None and named_run != loaded.file.spec.identity:
            reason = f"{named(folder / 'config.json')}: of run {one_line(named_run, 40)}, the tagger is of run "
            raise StoreError(f"{reason}{loaded.file.spec.identity}\n  -> copy the folder again")
        # A config from the folder could name code: attention kernels, for one, are fetched and run.
        model = cls(config_of(loaded), loaded)
        data, models, cache = (Path(path) if path is not None else None for path in (data, models, cache))
        model._source = folder / TAGGER
        model._paths = RunPaths.resolve(data=data, models=models, cache=cache, device="cpu")
        model.train(False)
        return model

    @property
    def tagger(self) -> Tagger:
        """The tagger, on the model's device."""
        return Tagger(self._loaded, LocalResources(replace(self._paths, device=str(self.device))))

    def tag(self, tweets: list[Tweet], images: Images | None = None, *, posteriors: bool = True) -> Tagged:
        """Find the entities of tweets; see `Tagger.tag`. The model is in evaluation mode afterwards."""
        return self.tagger.tag(tweets, images, posteriors=posteriors)

    def forward(self, tweets: list[Tweet], images: Images | None = None) -> TokenClassifierOutput:
        """Emissions of tweets, which the method's head (CRF, softmax, spans) decodes.

        Args:
            tweets: each as a list of words, or as raw text; each with at least one word.
            images: a picture or None for each, as in `tag`.

        Returns:
            `logits`, [tweets, units, columns]: units are words unless the method labels subwords, columns are labels
            in the order of `config.id2label` unless it labels subwords or spans.
        """
        batch, training = self.tagger.batch(tweets, images).to(self.device), self._loaded.file.spec.training
        in_bf16 = training is not None and training.precision is Precision.BF16
        with torch.autocast(self.device.type, torch.bfloat16, enabled=in_bf16):
            logits: torch.Tensor = self.method(batch)
        return TokenClassifierOutput(logits=logits)

    def save_pretrained(self, save_directory: str | os.PathLike[str], **options: Any) -> None:  # type: ignore[override]
        """Write the tagger with its present weights, without a model card; `from_pretrained` reads it.

        Args:
            save_directory: a folder that holds no tagger.
            options: those that have no meaning here.

        Raises:
            ConfigError: an option is not supported, such as `push_to_hub`, or the folder holds a tagger.
            StoreError: the folder that the model was loaded from has changed since, or the new one cannot be written.
        """
        _require_supported(options, _HARMLESS, "save_pretrained")
        write_tagger_folder(self._loaded, self._source, Path(save_directory), self.config)


def _require_supported(options: Mapping[str, Any], ignored: set[str], what: str) -> None:
    """Raise if an option would be ignored that has a meaning for other models."""
    in_single = ("auto", torch.float32, "float32", None)
    for name, value in options.items():
        if name in ignored or value is None or value is False or (name.endswith("dtype") and value in in_single):
            continue
        remedy = (
            "leave it out; `.to(device)` moves the model" if name != "push_to_hub" else "upload the folder yourself"
        )
        raise ConfigError(f"{what} of an exported tagger has no option {one_line(name, 60)!r}\n  -> {remedy}")


def register() -> None:
    """Make `AutoConfig` and `AutoModel` know the class; calling it twice changes nothing."""
    AutoConfig.register(MODEL_TYPE, MnerTaggerConfig, exist_ok=True)
    AutoModel.register(MnerTaggerConfig, MnerTagger, exist_ok=True)
