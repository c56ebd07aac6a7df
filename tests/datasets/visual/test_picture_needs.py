"""Messages for missing pictures depend on where the pictures are available."""

from __future__ import annotations

from pathlib import Path

from mnerbench.datasets.catalog import load_card
from mnerbench.datasets.visual.picture_needs import pictures_need, ways_to_images


def test_the_command_comes_first_if_the_card_has_a_source():
    assert ways_to_images(load_card("twitter15"))[0] == "benchmark data get twitter15 --images"
    need = pictures_need("twitter15", Path("/d/images"), {"7", "12"}, ways_to_images(load_card("twitter15")))
    assert need.has_command
    assert need.ways[0] == "benchmark data get twitter15 --images"
    assert "none of its 2 image ids has a file below /d/images" in need.reason
    assert any("twitter15/images/12.jpg" in way for way in need.ways)


def test_otherwise_the_folder_comes_before_the_text_of_the_card(fixtures):
    need = pictures_need("tiny", Path("/d/images"), (), ways_to_images(load_card("tiny", fixtures)))
    assert not need.has_command
    assert need.ways[0] == "put or link pictures into /d/images, named by image id (ID.jpg)"
    assert need.ways[-1] == "the card of tiny says: There are none."
    assert need.reason.endswith("no file below /d/images")
