"""`mnerbench.cite` and `benchmark cite`: what a table used, with BibTeX."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from answered import write_answers
from programs import find_programs

import mnerbench
from mnerbench.benchmark.cli import cli
from mnerbench.benchmark.results.split_metadata import ScoredTweet
from mnerbench.datasets.bibliography import parse_bibtex, shipped_references
from mnerbench.datasets.visual.bibliography import source_references
from mnerbench.datasets.visual.extractors.catalog import extractor_names
from mnerbench.methods.registry import methods

ALWAYS = ["mnerbench-2026", "tjong-kim-sang-2003-conll", "nakayama-2018-seqeval"]


def keys(citations):
    """Keys of the `.bib` file, which has to be readable."""
    return list(parse_bibtex(citations.bibtex, "cite"))


def named(citations, kind):
    return [item.name for item in citations if item.kind == kind]


def test_methods_and_datasets_with_the_software_and_its_scorers():
    citations = mnerbench.cite("maf", "twitter15")
    assert keys(citations) == [*ALWAYS, "xu-2022-maf", "zhang-2018-adacan", "yu-2020-umt"]
    assert str(citations) == citations.bibtex
    assert "% maf (method)\n@inproceedings{xu-2022-maf," in citations.bibtex


def test_a_paper_of_several_items_is_one_entry_that_names_them():
    text = mnerbench.cite("umt", "twitter15", "twitter17").bibtex
    assert text.count("@inproceedings{yu-2020-umt,") == 1
    assert re.search(r"^% umt \(method\), twitter15 \(dataset\), twitter17 \(dataset\)$", text, re.MULTILINE)


def test_what_has_no_entry_is_named():
    text = mnerbench.cite("bert-grid", "probe-object", encoder="scratch").bibtex
    comments = text.partition("% without an entry:\n")[2].splitlines()
    assert [line.split()[1] for line in comments] == ["bert-grid", "probe-object", "scratch"]
    assert all(line.startswith("%   ") for line in comments)


def test_encoders_and_extractors():
    sources = {"grid": "vision@model=openai/clip-vit-base-patch32", "ocr": "file|tesseract", "global": "vit.npz"}
    citations = mnerbench.cite("fasterrcnn_resnet50_fpn", encoder="bert-base-uncased", inputs=sources)
    expected = [
        "devlin-2019-bert",
        "ren-2015-faster-r-cnn",
        "he-2016-resnet",
        "radford-2021-clip",
        "smith-2007-tesseract",
    ]
    assert keys(citations) == [*ALWAYS, *expected]
    assert named(citations, "extractor") == ["fasterrcnn_resnet50_fpn", sources["grid"], "tesseract"]


def test_every_extractor_has_an_entry_unless_its_model_is_a_setting():
    assert [name for name in extractor_names() if not source_references(name)] == ["vision", "captioner"]


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("resnext50_32x4d", "xie-2017-resnext"),
        ("wide_resnet101_2", "zagoruyko-2016-wide-resnet"),
        ("efficientnet_v2_s", "tan-2021-efficientnet-v2"),
        ("efficientnet_b0", "tan-2019-efficientnet"),
        ("swin_v2_t", "liu-2022-swin-v2"),
        ("swin_t", "liu-2021-swin"),
        ("crops@model=resnet18,weights=random", "he-2016-resnet"),
        ("captioner@model=Salesforce/blip2-opt-2.7b", "li-2023-blip-2"),
        ("captioner@model=Salesforce/blip-image-captioning-base", "li-2022-blip"),
        ("captioner@model=microsoft/git-base-coco", "wang-2022-git"),
        ("captioner@model=digital/model", None),
        ("file", None),
    ],
)
def test_entries_of_sources(source, key):
    assert source_references(source) == ((shipped_references()[key],) if key is not None else ())


def test_a_suite_with_its_encoder_and_inputs():
    citations = mnerbench.cite(suite="twitter15")
    assert {"maf", "ita-all+cva", "hamlearning"} <= {*named(citations, "method")}
    assert named(citations, "dataset") == ["twitter15"]
    assert named(citations, "encoder") == ["bert-base-uncased"]
    assert {"resnet152", "tesseract", "blip2"} <= {*named(citations, "extractor")}


def write_results(folder, *names):
    tweets = [(ScoredTweet(id="0", words=("Rob", "runs"), image_id=None), ("B-PER", "O"))]
    answers = {name: {"t": [[("B-PER", "O")]]} for name in names}
    return write_answers(folder, tweets, answers)


def test_a_results_folder(tmp_path):
    write_results(tmp_path / "runs", "maf", "umt", "theirs")
    citations = mnerbench.cite(out=tmp_path / "runs")
    assert sorted(named(citations, "method")) == ["maf", "theirs", "umt"]
    assert named(citations, "encoder") == ["bert-base"]
    assert {"xu-2022-maf", "yu-2020-umt", "devlin-2019-bert"} <= {*keys(citations)}
    assert "%   theirs (method): a method that is not installed here" in citations.bibtex
    assert "%   made (dataset): no card here" in citations.bibtex


def test_names_of_a_foreign_results_folder_stay_in_their_comment(tmp_path):
    store = write_results(tmp_path / "runs", "evil")
    [path] = store.root.glob("*/record.json")
    record = json.loads(path.read_text())
    record["spec"]["method"] = "evil\n@misc{x, title = {y}}\x1b[2J"
    path.write_text(json.dumps(record))
    citations = mnerbench.cite(out=store.root)
    assert keys(citations) == [*ALWAYS, "devlin-2019-bert"]
    assert "% without an entry:\n%   evil\\n:misc{x, title" in citations.bibtex
    assert "\x1b" not in citations.bibtex + citations.text


def test_as_data():
    citations = mnerbench.cite("ita-la", encoder="bert-base-uncased")
    frame = citations.to_frame()
    assert list(frame.columns) == ["kind", "name", "citation", "keys", "bibtex"]
    assert len(frame) == len(citations) == 5
    assert (
        frame.set_index("name")
        .loc["bert-base-uncased", "citation"]
        .startswith("Devlin et al. 2019: BERT: Pre-training")
    )
    assert citations.text.splitlines()[0].startswith("software mnerbench: ")
    assert "<script" not in citations._repr_html_()


def test_every_method_can_be_cited():
    citations = mnerbench.cite(*[entry.name for entry in methods()])
    assert len(named(citations, "method")) == len([*methods()])


@pytest.mark.parametrize(
    ("arguments", "reason", "remedy"),
    [
        (("mfa",), "no method, dataset or extractor 'mfa'; did you mean 'maf'", "benchmark list methods"),
        (("bert-base-uncased",), "extractor 'bert-base-uncased'", "--encoder bert-base-uncased"),
        (("demo",), "extractor 'demo'", "--suite demo"),
    ],
)
def test_unknown_names(arguments, reason, remedy):
    with pytest.raises(mnerbench.MnerbenchError, match=re.escape(reason)) as error:
        mnerbench.cite(*arguments)
    assert f"  -> {remedy}" in str(error.value).replace("`", "")


@pytest.mark.parametrize(
    ("options", "reason"), [({"suite": "twiter15"}, "did you mean 'twitter15'"), ({"out": "none"}, "no runs in none")]
)
def test_unknown_places(tmp_path, monkeypatch, options, reason):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(mnerbench.MnerbenchError, match=reason):
        mnerbench.cite(**options)


def run(capsys, *arguments):
    cli.main(["cite", *arguments], standalone_mode=False)
    return capsys.readouterr()


def test_the_command_prints_a_bib_file(capsys):
    assert run(capsys, "maf", "twitter15").out == mnerbench.cite("maf", "twitter15").bibtex
    assert run(capsys).out == mnerbench.cite().bibtex
    items = json.loads(run(capsys, "maf", "--format", "json").out)
    assert [item["keys"] for item in items][-1] == ["xu-2022-maf"]
    assert run(capsys, "maf", "--format", "text").out == mnerbench.cite("maf").text


def test_the_command_names_damaged_records(capsys, tmp_path):
    store = write_results(tmp_path / "runs", "maf", "umt")
    next(iter(store.root.glob("*/record.json"))).write_text("{")
    printed = run(capsys, "--out", str(store.root))
    assert "record.json" in printed.err
    assert len({"xu-2022-maf", "yu-2020-umt"} & {*parse_bibtex(printed.out, "cite")}) == 1


def test_bibtex_reads_the_file(tmp_path):
    """BibTeX itself: every shipped entry, and comments with names that contain an @."""
    (program,) = find_programs(["bibtex"], ["texlive-binaries"])
    citations = mnerbench.cite(*(entry.name for entry in methods()), inputs={"grid": "resnet18@weights=random"})
    distinct = {**shipped_references(), **parse_bibtex(citations.bibtex, "cite")}
    comments = "\n".join(line for line in citations.bibtex.splitlines() if line.startswith("%"))
    entries = "\n\n".join(reference.bibtex for reference in distinct.values())
    (tmp_path / "all.bib").write_text(f"{comments}\n{entries}\n", encoding="utf-8")
    lines = ["\\relax", "\\citation{*}", "\\bibstyle{plain}", "\\bibdata{all}"]
    (tmp_path / "paper.aux").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = subprocess.run([program, "paper"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "Warning" in done.stdout) == (0, False), done.stdout
    assert (tmp_path / "paper.bbl").read_text(encoding="utf-8").count("\\bibitem") == len(distinct)


def test_citing_does_not_import_torch():
    code = "import sys, mnerbench; mnerbench.cite('maf', suite='twitter15'); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
