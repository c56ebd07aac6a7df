"""BibTeX entries of methods and text encoders."""

import dataclasses
import sys

import pytest

from mnerbench.datasets.bibliography import shipped_references
from mnerbench.methods.base.citation import mentioned_papers
from mnerbench.methods.bibliography import encoder_references, family_references
from mnerbench.methods.registry import methods


def keys(references):
    return [reference.key for reference in references]


def test_every_paper_that_a_shipped_card_mentions_has_an_entry():
    for entry in methods():
        papers = mentioned_papers(entry.family.citation)
        assert len(family_references(entry.family)) == len(papers), (entry.name, papers)
        assert bool(papers) is (entry.paper.year is not None), entry.name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("maf", ["xu-2022-maf"]),
        ("vinvl-crf", ["wang-2022-ita", "zhang-2021-vinvl", "li-2020-oscar"]),
        ("mrc-ner", ["jia-2022-mrc-mner", "li-2020-mrc-ner"]),
        ("bert-cam", ["chen-2021-can-images-help", "zhang-2018-adacan"]),
        ("bert-grid", []),
    ],
)
def test_entries_of_shipped_methods(name, expected):
    assert keys(family_references(methods()[name].family)) == expected


def test_a_method_of_another_package_brings_its_entries_in_its_folder(tmp_path, monkeypatch):
    folder = tmp_path / "their_package"
    folder.mkdir()
    (folder / "model.py").write_text("raise ImportError('not imported to cite it')")
    (folder / "references.bib").write_text("@misc{me-2026-mine, title = {Mine}}\n@misc{other-2026-x, title = {No}}")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    citation = "Me 2026, ACL (Mine): A title; over BERT: Devlin et al. 2019, NAACL (BERT); Nobody 1999 (Lost)"
    family = dataclasses.replace(methods()["maf"].family, target="their_package.model:Mine", citation=citation)
    assert keys(family_references(family)) == ["me-2026-mine", "devlin-2019-bert"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("google-bert/bert-base-uncased", "devlin-2019-bert"),
        ("minilm-l6", "wang-2020-minilm"),
        ("vinai/bertweet-base", "nguyen-2020-bertweet"),
        ("xlm-roberta-large", "conneau-2020-xlm-r"),
        ("twitter-roberta-base", "liu-2019-roberta"),
        ("deberta-v3-base", None),
        ("scratch", None),
    ],
)
def test_entries_of_text_encoders(name, key):
    assert encoder_references(name) == (() if key is None else (shipped_references()[key],))
