"""T-NER: the fit against enumeration of all labellings, and the features, dictionaries and clusters on examples."""

from __future__ import annotations

import itertools

import pytest
import torch

from mnerbench.benchmark.results.spec import RunSpec
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import DataError, MissingInputError
from mnerbench.datasets.lexicons import phrase_positions, read_clusters, read_phrases
from mnerbench.datasets.setting_file import SettingFile
from mnerbench.datasets.setting_path import shown, without_paths
from mnerbench.methods.layers.crf.sparse import SparseCRF
from mnerbench.methods.registry import methods
from mnerbench.methods.t_ner.card import TNERConfig
from mnerbench.methods.t_ner.features import FeatureHasher, shape, spelling
from mnerbench.methods.t_ner.model import TNER

TWEETS = [[[3, 9], [9], [3, 4, 70]], [[4]], [[70], [3]]]
GOLD = [[0, 1, 2], [1], [2, 2]]


def file(path, content):
    path.write_text(content, encoding="utf-8")
    return SettingFile.model_validate(str(path))


def features(config=None, dictionaries=(), clusters=None):
    return FeatureHasher(config or TNERConfig(), dictionaries, clusters or {})


def objective(crf, penalty):
    """The penalised negative log-likelihood of TWEETS, by enumeration of every labelling."""
    column = {number: index for index, number in enumerate(crf.features.tolist())}

    def score(tweet, labels):
        emissions = sum(crf.weights[column[f], label] for word, label in zip(tweet, labels, strict=True) for f in word)
        steps = sum((crf.crf.transitions[a, b] for a, b in itertools.pairwise(labels)), torch.zeros(()).double())
        return crf.crf.start[labels[0]] + emissions + steps + crf.crf.end[labels[-1]]

    total = penalty / 2 * sum((p**2).sum() for p in (crf.weights, *crf.crf.parameters()))
    for tweet, labels in zip(TWEETS, GOLD, strict=True):
        all_labels = itertools.product(range(3), repeat=len(tweet))
        total = total + torch.stack([score(tweet, path) for path in all_labels]).logsumexp(0) - score(tweet, labels)
    return total


def test_the_fit_minimises_the_objective_over_all_labellings():
    crf = SparseCRF(penalty=0.3, iterations=200)
    crf.fit(TWEETS, GOLD, 3)
    crf.weights.requires_grad_()
    crf.crf.requires_grad_()
    parameters = [crf.weights, *crf.crf.parameters()]
    gradients = torch.autograd.grad(objective(crf, 0.3), parameters)
    # The objective is strictly convex: where its gradient vanishes is its only minimum.
    assert max(float(gradient.abs().max()) for gradient in gradients) < 1e-2
    assert float(crf.weights.detach().abs().max()) > 0.1


def test_the_best_labelling_ignores_features_that_training_lacks():
    crf = SparseCRF(penalty=0.3, iterations=200)
    crf.fit(TWEETS, GOLD, 3)
    tweet, unknown = [[9], [3, 4]], [[9, 10, 10_000], [3, 4, 0]]
    column = {number: index for index, number in enumerate(crf.features.tolist())}

    def score(labels):
        emissions = sum(crf.weights[column[f], x] for word, x in zip(tweet, labels, strict=True) for f in word)
        return float(
            (crf.crf.start[labels[0]] + emissions + crf.crf.transitions[labels] + crf.crf.end[labels[1]]).detach()
        )

    best = max(itertools.product(range(3), repeat=2), key=score)
    assert tuple(crf.decode(tweet)) == tuple(crf.decode(unknown)) == best


def test_shapes_and_affixes():
    assert shape("iPhone7-X!") == "xXxxxxd-X!"
    assert {"w=new-york", "v=New-York", "s=Xxx-Xxxx", "c=Xx-Xx", "p2=ne", "e1=k", "hyphen"} <= {
        *spelling("New-York", 2)
    }
    assert not any(feature.startswith(("p3", "e3")) for feature in spelling("New-York", 2))
    assert "k=@" in {*spelling("@ada", 1)}
    assert "k=url" in {*spelling("http://t.co/x", 1)}


def test_only_the_context_window_is_read():
    words, changed = ["a", "b", "c", "d", "e"], ["X", "b", "c", "d", "Y"]
    wide, narrow = features(TNERConfig(context=2)), features(TNERConfig(context=1))
    assert set(wide(words)[2]) != set(wide(changed)[2])
    assert set(narrow(words)[1:4][1]) == set(narrow(["x", *changed[1:4], "y"])[2])
    assert max(map(max, features(TNERConfig(hash_bits=8))(words))) < 256


def test_dictionaries_match_the_longest_phrase_from_the_left(tmp_path):
    phrases = read_phrases(file(tmp_path / "places.txt", "# cities\nNew York\nnew york city\n\nCity Hall\n"))
    assert phrases == {("new", "york"), ("new", "york", "city"), ("city", "hall")}
    words = ["#New", "York", "City", "Hall", "new", "york"]
    assert phrase_positions(words, phrases) == ["B", "I", "IL", "", "B", "IL"]
    hasher = features(dictionaries=[phrases])
    assert set(hasher(["new", "york"])[0]) - set(features()(["new", "york"])[0])


def test_words_of_a_cluster_share_features(tmp_path):
    clusters = read_clusters(file(tmp_path / "paths", "111010\tlund\t7\n111011\tmalmo\t3\n0\tthe\t9\n"))
    assert clusters == {"lund": "111010", "malmo": "111011", "the": "0"}
    with_clusters, without = features(clusters=clusters), features()
    shared = {*with_clusters(["Lund"])[0]} & {*with_clusters(["malmo"])[0]}
    assert len(shared) == len({*without(["Lund"])[0]} & {*without(["malmo"])[0]}) + 1  # the first four bits
    with pytest.raises(DataError, match=r"bad:2: no bit string and word"):
        read_clusters(file(tmp_path / "bad", "01\tword\t1\nword 01\n"))


def test_training_recovers_entities_by_shape_and_context():
    rows = [("in Lund tonight", "O B-LOC O"), ("with Ada Kern", "O B-PER I-PER"), ("in Malmo now", "O B-LOC O")]
    method = TNER(TNERConfig(penalty=0.05))
    method.fit([Example(str(n), tuple(w.split()), tuple(x.split())) for n, (w, x) in enumerate(rows)])
    assert method.tag(["in", "Visby", "now"]) == ["O", "B-LOC", "O"]
    assert method.tag([]) == []


def test_identity_depends_on_the_content_of_files_and_not_on_their_path(tmp_path):
    def spec(*files):
        config = methods()["t-ner"].configure({"dictionaries": [str(path) for path in files]}).identity_settings()
        dataset = {"name": "d", "fingerprints": {}, "types": ["PER"], "inputs": {}}
        return RunSpec(
            method="t-ner", family="t-ner", config=config, dataset=dataset, encoder=None, training=None,
            protocol="equal", seed=0,
        )  # fmt: skip

    for name, content in (("a", "Lund\n"), ("b", "Lund\n"), ("c", "Visby\n")):
        (tmp_path / name).write_text(content, encoding="utf-8")
    same, other = spec(tmp_path / "b"), spec(tmp_path / "c")
    assert spec(tmp_path / "a").identity == same.identity != other.identity
    assert str(tmp_path) in str(same.config)
    assert str(tmp_path) not in str(shown(same.config["dictionaries"])) + str(
        without_paths(same.config["dictionaries"])
    )


def test_a_file_that_changed_or_does_not_exist_is_an_error(tmp_path):
    phrases = file(tmp_path / "names.txt", "Ada\n")
    assert SettingFile.model_validate(phrases.model_dump()) == phrases
    (tmp_path / "names.txt").write_text("Bo\n", encoding="utf-8")
    with pytest.raises(DataError, match="changed since the run was planned"):
        read_phrases(phrases)
    with pytest.raises(MissingInputError):
        methods()["t-ner"].configure({"clusters": str(tmp_path / "none")})
