"""Taggers of mnerbench as models of transformers; importing this module makes `AutoConfig` and `AutoModel` know them.

    import mnerbench.hf
    from transformers import AutoModel

    model = AutoModel.from_pretrained("exported/bert-grid-probe-object")
    model.tag(["Ada Kern met Bo in Velt :)"], images=["pictures/1.jpg"]).to_frame()

The folder is written by `benchmark export` or `mnerbench.export`. Loading it runs no code of it, and needs no
`trust_remote_code`. Folders for `AutoModelForTokenClassification` need neither this module nor this package.
"""

from __future__ import annotations

from mnerbench.benchmark.exporting.auto_classes import MnerTagger, MnerTaggerConfig, register

__all__ = ["MnerTagger", "MnerTaggerConfig"]

register()
