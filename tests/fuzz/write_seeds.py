"""Writes `seeds/` anew: small undamaged files of every kind that is read. Run by hand when a format changes.

They are kept in the repository, not made when they are needed, so that an input has the same bytes on every machine.
"""

from __future__ import annotations

import shutil
import sys

from seed_writers.saving import SEEDS, TESTS

if __name__ == "__main__":
    sys.path.insert(0, str(TESTS / "shared"))
    from seed_writers import corpora, models, pictures, predictions, results, settings, visual

    shutil.rmtree(SEEDS, ignore_errors=True)
    for write in (
        corpora.corpora,
        settings.cards_and_suites,
        visual.texts,
        visual.features,
        pictures.pictures,
        predictions.predictions,
        results.results,
        results.running,
        results.store,
        models.encoder,
        pictures.downloads,
        visual.memories,
        models.checkpoint,
        models.taggers,
    ):
        write()
