"""Learning is checked once per code path, and no longer than needed."""

from __future__ import annotations

import pytest
from small_methods import train

from mnerbench.methods.base.family import Variant
from mnerbench.methods.conformance import Case, check_learns, one_per_code_path
from mnerbench.methods.registry import methods

TRAINED = [entry for entry in methods() if entry.family.is_trained]


def test_variants_of_one_code_path_are_trained_once():
    names = {entry.name for entry in one_per_code_path(TRAINED)}
    paths = [
        *({"bert"}, {"bert-crf"}, {"bert-crf-x"}, {"umt"}, {"umt-x"}, {"mt-bert-crf"}, {"hvpnet"}, {"hvpnet-picture"}),
        *({"bilstm-crf"}, {"cnn-bilstm-crf"}, {"hbilstm-crf"}, {"visualbert"}, {"visualbert-tam"}),
        *({"maf"}, {"maf-no-ca"}, {"maf-no-cm"}, {"maf-no-ca-cm"}, {"hamlearning-l1"}, {"hamlearning-no-rm"}),
        {"hamlearning", *(f"hamlearning-l{rounds}" for rounds in range(2, 6)), "hamlearning-maskrcnn"},
        *(
            {"ita-la", "ita-ga", "ita-oca", "ita-text", "ita-all"},
            {"ita-la+cva", "ita-ga+cva", "ita-all+cva", "ita-text+cva"},
        ),
        *({"gvatt-bert-crf", "bert-vam"}, {"adacan-bert-crf", "bert-cam"}),
    ]
    assert all(len(path & names) == 1 for path in paths)
    assert {entry.family.target for entry in TRAINED} == {methods()[name].family.target for name in names}


def test_a_number_switches_code_only_at_its_lower_bound():
    entry = methods()["hamlearning"]
    others = [entry._replace(variant=Variant("t", {"rounds": rounds})) for rounds in (1, 2, 3)]
    assert one_per_code_path([entry, *others]) == [entry, others[0]]


def test_training_stops_when_the_tweets_are_fitted():
    epochs = []

    def counting_train(method, split, count):
        epochs.append(count)
        train(method, split, count)

    check_learns(Case(methods()["bert-crf"], counting_train))
    assert epochs == [15]


def test_a_method_that_does_not_learn_fails_after_all_epochs():
    epochs = []
    with pytest.raises(AssertionError, match="in 10 epochs on eight tweets the loss fell only from"):
        check_learns(Case(methods()["bert-crf"], lambda method, split, count: epochs.append(count), learning_epochs=10))
    assert epochs == [3, 3, 3, 1]
