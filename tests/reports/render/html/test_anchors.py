"""Anchors are stable, unique and plain."""

import re

from mnerbench.reports.render.html.anchors import anchors, section_anchors, slug


def test_an_anchor_is_made_from_its_title():
    assert slug("small → tiny · bert-base-uncased · protocol equal") == "small-tiny-bert-base-uncased-protocol-equal"
    assert slug("Zürich <script>") == "zurich-script"
    assert slug("\u202e\u0645") == "unnamed"


def test_another_table_does_not_change_the_anchors_of_the_others():
    assert anchors("table", ["b", "a"])[1] == anchors("table", ["a"])[0] == "table-a"


def test_equal_titles_have_different_anchors():
    titles = ["a", "a", "a 2", "a", "A"]
    names = anchors("table", titles)
    assert names == ["table-a", "table-a-2", "table-a-2-2", "table-a-3", "table-a-4"]
    assert all(re.fullmatch("[a-z0-9-]+", name) for name in names)


def test_sections_of_the_same_kind_are_named_by_their_titles():
    names = section_anchors("table-a-", ["results", "slices", "slices"], ["Results", "F1 by length", "F1 by picture"])
    assert names == ["table-a--results", "table-a--f1-by-length", "table-a--f1-by-picture"]
