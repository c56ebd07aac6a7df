"""Papers that the citations of method cards name."""

import pytest

from mnerbench.methods.base.citation import Paper, cited_papers, paper_of
from mnerbench.methods.registry import methods

THREE = "Huang et al. 2015, arXiv 1508.1 (BiLSTM-CRF); Ma and Hovy 2016, ACL (CNN-BiLSTM-CRF): x; Lample et al. 2016"


@pytest.mark.parametrize(
    ("citation", "paper", "heading"),
    [
        ("Yu et al. 2020, ACL (UMT): On 2019, (x)", ("Yu et al.", 2020, "ACL", "UMT"), "Yu et al. 2020, ACL (UMT)"),
        (
            "Liu et al. 2023 (HamLearning): A, b",
            ("Liu et al.", 2023, "", "HamLearning"),
            "Liu et al. 2023 (HamLearning)",
        ),
        ("Wu et al. 2020, ACM MM, Multimodal x", ("Wu et al.", 2020, "ACM MM", ""), "Wu et al. 2020, ACM MM"),
        ("Me 2026", ("Me", 2026, "", ""), "Me 2026"),
        ("ours: as Yu et al. 2020, ACL", ("ours", None, "", ""), "Ours"),
        ("none", ("none", None, "", ""), "None"),
    ],
)
def test_the_first_paper_of_a_citation(citation, paper, heading):
    first = cited_papers(citation)[0]
    assert first == Paper(*paper)
    assert first.heading == heading
    assert first.source == " ".join(str(part) for part in paper[:2] if part)


def test_a_variant_named_after_a_cited_system_is_of_that_paper():
    names = [paper_of(THREE, name).authors for name in ("bilstm-crf", "cnn-bilstm-crf", "hbilstm-crf")]
    assert names == ["Huang et al.", "Ma and Hovy", "Huang et al."]
    assert methods()["hbilstm-crf"].paper.heading == "Lample et al. 2016, NAACL (HBiLSTM-CRF)"


def test_shipped_cards_cite_a_paper_with_its_year_or_say_that_there_is_none():
    papers = {entry.name: entry.paper for entry in methods()}
    asked = {entry.name for entry in methods() if entry.family.is_prompted}
    assert {name for name, paper in papers.items() if paper.year is None} == {"majority", "bert-grid", *asked}
    assert {papers[name].heading for name in ("ita-la", "bert-crf+imgfeat")} == {"Wang et al. 2022, NAACL (ITA)"}
    # A title taken for a venue would be longer.
    assert all(len(paper.heading) <= 60 for paper in papers.values())
