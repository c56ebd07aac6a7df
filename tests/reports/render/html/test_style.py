"""Colours of the page: text can be read on every background that it stands on, in light and dark."""

import re

import pytest

from mnerbench.reports.render.html.templating import asset

PAIRS = [
    *((text, paper) for text in ("ink", "quiet", "link", "warn", "good", "bad") for paper in ("paper", "panel")),
    *((text, "warn-panel") for text in ("ink", "quiet", "warn", "link")),
    ("good", "good-panel"),
    ("bad", "bad-panel"),
    ("ink", "same-panel"),
    ("ink", "gold"),
    ("ink", "heat"),
]
STRONGEST = 0.6  # share of the heat colour in the most shaded cell


def colours():
    """Light and dark colour by name, as triples of 0 to 1."""
    found = re.findall(r"--([a-z-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)", asset("style.css"))
    return {name: [[int(code[n : n + 2], 16) / 255 for n in (0, 2, 4)] for code in codes] for name, *codes in found}


def luminance(colour):
    """Relative luminance of WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "paper"), PAIRS)
def test_contrast(text, paper, theme):
    known = colours()
    behind = known[paper][theme]
    if paper == "heat":
        behind = [STRONGEST * a + (1 - STRONGEST) * b for a, b in zip(behind, known["paper"][theme], strict=True)]
    light, dark = sorted((luminance(known[text][theme]), luminance(behind)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_colour_of_text_is_one_that_is_checked():
    used = set(re.findall(r"[^-]color: var\(--([a-z-]+)\)", asset("style.css")))
    assert used == {text for text, _ in PAIRS}


def test_shaded_cells_have_the_colour_of_text_that_was_checked():
    rules = asset("style.css")
    assert rules.index("td[style] { color: var(--ink); }") > rules.index("tr.unfinished > * {")
