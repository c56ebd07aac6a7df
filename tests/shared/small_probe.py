"""A small probe in a data folder, for tests that need pictures and their files."""

from pathlib import Path

_CARD = """
name = "small"
title = "t"
summary = "s"
licence = "l"
citation = "c"
types = ["PER", "LOC", "ORG", "MISC"]
images = "drawn"
how_to_get = "nothing"

[probe]
evidence = [{evidence}]
train = {train}
valid = {valid}
test = {test}
"""


def write_small_probe(data: Path, *evidence: str, sizes: tuple[int, int, int]) -> None:
    """Write the card of the dataset `small` below `data`; sizes are those of train, valid and test."""
    (data / "small").mkdir(parents=True)
    train, valid, test = sizes
    quoted = ", ".join(f'"{kind}"' for kind in evidence)
    (data / "small" / "card.toml").write_text(_CARD.format(evidence=quoted, train=train, valid=valid, test=test))
