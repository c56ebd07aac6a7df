"""The shipped bibliography, and the entries that dataset cards name."""

import re
import unicodedata

import pytest

from mnerbench.datasets.bibliography import (
    SHIPPED,
    dataset_references,
    parse_bibtex,
    read_bibtex,
    shipped_references,
)
from mnerbench.datasets.card import DatasetCard
from mnerbench.datasets.catalog import card_names, load_card
from mnerbench.datasets.errors import ConfigError

ONE = "@misc{me-2026-mine,\n  title = {A {GREAT} method},\n}"


def keys(references):
    return [reference.key for reference in references]


def card(*references):
    return DatasetCard(name="mine", title="mine", types=("PER",), files={"train": {"path": "a"}}, references=references)


def test_entries_are_found_between_comments_with_their_braces():
    text = f"a comment\n% another\n@string{{acl = {{ACL}}}}\n{ONE}\n\n@ARTICLE{{b,\n title={{x}}}} and more"
    entries = parse_bibtex(text, "x.bib")
    assert list(entries) == ["me-2026-mine", "b"]
    assert entries["me-2026-mine"].bibtex == ONE
    assert entries["b"].bibtex == "@ARTICLE{b,\n title={x}}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"\n{ONE[:-1]}", "x.bib:2: entry 'me-2026-mine' has no closing brace"),
        (f"{ONE}\n{ONE}", "x.bib:4: a second entry 'me-2026-mine'"),
    ],
)
def test_a_damaged_text_is_refused_with_its_line(text, reason):
    with pytest.raises(ConfigError, match=re.escape(reason)):
        parse_bibtex(text, "x.bib")


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "references.bib"
    path.write_bytes(b"@misc{a, author = {\xe9}}")
    with pytest.raises(ConfigError, match="byte 19 is not UTF-8"):
        read_bibtex(path)


def field(bibtex, name):
    return re.search(rf"^ *{name} *= \{{(.*?)\}},?$", bibtex, re.MULTILINE | re.DOTALL)[1]


def test_keys_of_the_shipped_bibliography_are_surname_year_and_system():
    for key, reference in shipped_references().items():
        surname = field(reference.bibtex, "author").partition(",")[0]
        plain = unicodedata.normalize("NFKD", surname).encode("ascii", "ignore").decode().lower().replace(" ", "-")
        assert key.startswith(f"{plain}-{field(reference.bibtex, 'year')}-"), key
        assert field(reference.bibtex, "title"), key
        assert ("booktitle" in reference.bibtex) is reference.bibtex.startswith("@inproceedings"), key


def test_entries_are_sorted_and_nothing_lies_between_them():
    assert list(shipped_references()) == sorted(shipped_references())
    left = SHIPPED.read_text(encoding="utf-8")
    for reference in shipped_references().values():
        left = left.replace(reference.bibtex, "")
    assert all(line.startswith("%") for line in left.splitlines() if line.strip())


def test_every_corpus_with_a_citation_names_its_papers():
    for name in card_names():
        item = load_card(name)
        assert bool(dataset_references(item)) is (item.probe is None), name
    assert keys(dataset_references(load_card("twitter15"))) == ["zhang-2018-adacan", "yu-2020-umt"]


def test_a_card_may_hold_the_entry_itself():
    assert keys(dataset_references(card(ONE, "yu-2020-umt"))) == ["me-2026-mine", "yu-2020-umt"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("yu-2020-umtt", "'yu-2020-umtt' is no key of the shipped bibliography; did you mean 'yu-2020-umt'"),
        ("@misc", "'@misc' is no BibTeX entry"),
    ],
)
def test_an_unknown_reference_is_refused_with_a_suggestion(text, reason):
    with pytest.raises(ConfigError, match=re.escape(f"card 'mine', references: {reason}")):
        dataset_references(card(text))
