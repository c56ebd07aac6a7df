"""The catalog: cards are valid, names are found, missing data has remedies, changed content is detected."""

import pickle
import re
from pathlib import Path

import pytest

from mnerbench.datasets import catalog
from mnerbench.datasets.catalog import card_names, data_dir, fingerprint_note, load_card, load_corpus
from mnerbench.datasets.corpus import SPLITS
from mnerbench.datasets.errors import ConfigError, DataError, MissingInputError

PROBES = tuple(
    f"probe-{what}" for what in ("caption", "mixed", "object", "object-unrelated", "relation", "scene", "scene-text")
)
FOUR_TYPES = (
    *("mner-mi", "mner-mi-plus", "snap", "twitter-gmner"),
    *("twitter15", "twitter15-hvpnet", "twitter15-original", "twitter15-umgf", "twitter17"),
)
SHIPPED = tuple(sorted((*FOUR_TYPES, "tweetner7", "wikidiverse")))
RELATIONS = "twitter-relations"  # has a training split alone, and no entities

OWN = """
name = "own"
title = "Mine"
summary = "s"
licence = "l"
citation = "c"
types = ["PER"]
images = "none"
how_to_get = "ask me"
[files]
test = { path = "test.conll" }
"""


def write_own(folder: Path, text: str = OWN) -> Path:
    (folder / "own").mkdir(parents=True)
    (folder / "own" / "card.toml").write_text(text)
    (folder / "own" / "test.conll").write_text("Ada B-PER\n")
    return folder


def test_the_package_ships_these_cards():
    assert card_names() == sorted((*PROBES, *SHIPPED, RELATIONS))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_cards_are_valid_and_complete(name):
    card = load_card(name)
    assert card.name == name
    assert (card.types == ("PER", "LOC", "ORG", "MISC")) == (name in FOUR_TYPES)
    assert tuple(card.files) == SPLITS
    for file in (*card.files.values(), *card.captions.values()):
        assert file.url is None or file.url.startswith("https://")
        assert file.sha256 is None or file.url is not None
    assert set(card.fingerprints) in (set(), set(SPLITS))
    unseen = not card.fingerprints
    assert unseen == any("bytes were not seen" in defect for defect in card.defects)
    for sizes in card.sizes.values():
        if sizes.entities_by_type:
            assert sum(sizes.entities_by_type.values()) == sizes.entities
            assert sum(sizes.b_tags_by_type.values()) == sizes.b_tags


@pytest.mark.parametrize("name", ["twitter15", "twitter17"])
def test_addresses_of_the_umt_files_are_pinned_to_a_commit(name):
    card = load_card(name)
    assert all("/f478ee65564b5532319a6cc643203149acfc5eed/" in str(file.url) for file in card.files.values())
    assert all(file.sha256 for file in (*card.files.values(), *card.captions.values()))


def test_the_card_lists_the_lost_images_of_twitter17():
    lost = load_card("twitter17").missing_image_ids
    assert len(set(lost)) == 358
    assert all(image.startswith("O_") for image in lost)


@pytest.mark.parametrize("name", ["twiter15", "Twitter15", "../twitter15", "../cards/twitter15", "", "twitter15/"])
def test_unknown_names_are_refused_with_what_is_near(name, tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_card(name, tmp_path)
    assert str(caught.value).startswith("no dataset ")
    assert "twitter15" in str(caught.value)
    assert repr(name) in str(caught.value)


def test_a_folder_with_a_card_is_a_dataset(tmp_path):
    write_own(tmp_path)
    assert card_names(tmp_path) == [*sorted((*PROBES, *SHIPPED, RELATIONS)), "own"]
    corpus = load_corpus("own", tmp_path)
    assert list(corpus.splits) == ["test"]
    assert corpus["test"][0].labels == ("B-PER",)


SHORT = """
name = "own"
types = ["PER"]
scheme = "IOBES"
labels = ["O", "S-PER"]
[files]
development = "dev.jsonl"
test = { path = "test.jsonl" }
[sizes.dev]
tweets = 2
"""


def test_a_card_needs_a_name_types_and_files(tmp_path):
    write_own(tmp_path, SHORT)
    (tmp_path / "own" / "dev.jsonl").write_text('{"words": ["a", "b"], "ner_tags": [0, 1]}\n' * 2)
    (tmp_path / "own" / "test.jsonl").write_text('{"tokens": ["a"], "labels": ["O"]}\n')
    card, corpus = load_card("own", tmp_path), load_corpus("own", tmp_path)
    assert (card.title, card.licence, card.defects) == ("own", "not stated", ())
    assert card.sizes["valid"].tweets == 2
    assert list(corpus.splits) == ["valid", "test"]
    assert corpus["valid"][1].labels == ("O", "B-PER")
    assert corpus.schemes == {"valid": "bioes", "test": "bioes"}
    assert pickle.loads(pickle.dumps(corpus)) == corpus


def test_the_cards_of_the_contributing_guide_are_valid(tmp_path, root):
    section = (root / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Add a dataset")[2]
    least, more = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)[:2]
    for name, text in (("least", least), ("all", least.replace("\n[files]", more + "\n[files]"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "card.toml").write_text(text.replace("mine", name))
        card = load_card(name, tmp_path)
        assert list(card.files) == ["train", "valid", "test"]
    assert (card.scheme, card.offsets, card.tag_names) == ("bioes", "utf-16", ("O", "B-PER", "I-PER"))


def test_one_name_with_two_cards_is_refused_and_shows_both(tmp_path):
    write_own(tmp_path)
    (tmp_path / "own").rename(tmp_path / "snap")
    with pytest.raises(ConfigError, match="two cards") as caught:
        load_card("snap", tmp_path)
    assert str(tmp_path / "snap" / "card.toml") in str(caught.value)
    assert "cards/snap.toml" in str(caught.value)


def test_a_card_has_the_name_of_its_folder(tmp_path):
    write_own(tmp_path)
    (tmp_path / "own").rename(tmp_path / "other")
    with pytest.raises(ConfigError, match="make it 'other'"):
        load_card("other", tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("title =", "titel =", "did you mean 'title'"),
        ('path = "test.conll"', 'path = "test.conll", sha = "x"', "did you mean 'sha256'"),
        ('path = "test.conll"', 'path = "../test.conll"', "stays inside"),
        ('path = "test.conll"', 'path = "/etc/passwd"', "stays inside"),
        ('path = "test.conll"', 'path = "test.conll", sha256 = "ABC"', "sha256"),
        ('types = ["PER"]', 'types = "PER"', "types"),
        ('types = ["PER"]', "types = []", "types: Value error, name at least one entity type"),
        ('types = ["PER"]', 'types = ["PER", ""]', "none with an empty name"),
        ('types = ["PER"]', 'types = ["PER", "LOC", "PER"]', "types: Value error, PER is listed twice"),
        ('types = ["PER"]', 'types = ["PERSON"]\nlabel_map = { PER = "PERSN" }', "did you mean 'PERSON'?"),
        ('types = ["PER"]', 'types = ["PER"]\nlabel_map = { OTHER = "O" }', "label_map: Value error, 'OTHER'"),
        ('types = ["PER"]', 'types = ["PER"]\nformat = "xml"', "format"),
        ('licence = "l"', "licence = 3", "licence"),
        ('types = ["PER"]', "", "types: missing; name the entity types"),
        ('types = ["PER"]', 'types = ["PER"]\nscheme = "bieos"', "'bieos' is not a labelling scheme; did you mean"),
        ('types = ["PER"]', 'types = ["PER"]\noffsets = "words"', "offsets"),
        ("test = { path", "tset = { path", "files: 'tset' is not a split; did you mean 'test'?"),
        (
            "[files]",
            '[files]\ndev = "a"\nvalid = "b"',
            "files: 'valid' names the split 'valid', which is already given",
        ),
        ('types = ["PER"]', 'types = ["PER"]\nlabels = ["O"]\ntag_names = ["O"]', "labels: an alias of tag_names"),
    ],
)
def test_broken_cards_are_refused_with_file_and_key(tmp_path, old, new, complaint):
    write_own(tmp_path, OWN.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load_card("own", tmp_path)
    assert str(tmp_path / "own" / "card.toml") in str(caught.value)
    assert complaint in str(caught.value)


def test_a_card_that_is_not_toml_is_refused(tmp_path):
    write_own(tmp_path, "name = ")
    with pytest.raises(DataError, match="not a TOML file"):
        load_card("own", tmp_path)


@pytest.mark.parametrize("name", ["twitter15", "twitter15-umgf"])
def test_absence_names_the_place_and_every_remedy(tmp_path, name):
    with pytest.raises(MissingInputError) as caught:
        load_corpus(name, tmp_path)
    text = str(caught.value)
    assert str(tmp_path / name) in text
    assert "--data DIR" in text
    assert "MNERBENCH_DATA" in text
    # Only what can be fetched is offered to be fetched.
    assert (f"benchmark data get {name}" in text) == (name == "twitter15")


def test_a_missing_split_is_named(own_data):
    (own_data / "tiny" / "valid.txt").unlink()
    with pytest.raises(MissingInputError, match=r"holds no valid\.txt"):
        load_corpus("tiny", own_data)


def test_data_folder_is_the_flag_then_the_variable_then_the_platforms(monkeypatch, tmp_path):
    monkeypatch.setenv(catalog.DATA_VARIABLE, str(tmp_path))
    assert data_dir(Path("given")) == Path("given")
    assert data_dir(None) == tmp_path
    monkeypatch.setenv(catalog.DATA_VARIABLE, "~/tweets")
    assert data_dir(None) == Path.home() / "tweets"
    monkeypatch.setenv(catalog.DATA_VARIABLE, "")
    assert data_dir(None).parts[-2:] == ("mnerbench", "data")


def test_tiny_is_what_its_card_says(fixtures):
    corpus, card = load_corpus("tiny", fixtures), load_card("tiny", fixtures)
    assert fingerprint_note(card, corpus) is None
    assert [len(corpus[split]) for split in SPLITS] == [60, 20, 20]
    assert {label[2:] for tweet in corpus["train"] for label in tweet.labels} == {"", "PER", "LOC", "ORG", "MISC"}
    assert len(corpus.missing_images) == 4
    assert pickle.loads(pickle.dumps(corpus)) == corpus


def test_the_last_tweet_counts_without_a_line_end_after_it(fixtures):
    for split in SPLITS:
        text = (fixtures / "tiny" / f"{split}.txt").read_bytes()
        assert len(load_corpus("tiny", fixtures)[split]) == text.count(b"IMGID:")
    assert not (fixtures / "tiny" / "train.txt").read_bytes().endswith(b"\n")


def test_one_changed_label_is_noticed_and_told_by_split(own_data):
    path = own_data / "tiny" / "test.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("\tB-PER", "\tB-LOC", 1), encoding="utf-8")
    note = fingerprint_note(load_card("tiny", own_data), load_corpus("tiny", own_data))
    assert note is not None
    assert "test" in note
    assert "train" not in note


def test_content_without_a_known_fingerprint_is_called_unverified(tmp_path):
    write_own(tmp_path)
    note = fingerprint_note(load_card("own", tmp_path), load_corpus("own", tmp_path))
    assert note is not None
    assert "not verified" in note


def test_a_file_of_lost_images_goes_before_the_cards_own_list(own_data):
    (own_data / "tiny" / "missing_images.txt").write_text("T_1.jpg\n\nT_2\n")
    assert load_corpus("tiny", own_data).missing_images == {"T_1", "T_2"}
    (own_data / "tiny" / "missing_images.txt").unlink()
    assert load_corpus("tiny", own_data).missing_images == frozenset()
