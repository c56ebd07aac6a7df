"""Grid expansion, tested without data and without training."""

from __future__ import annotations

import pytest

from mnerbench.benchmark.planning.expand import expand
from mnerbench.benchmark.planning.suite import Suite, load_suite, override, suite_names
from mnerbench.benchmark.results.spec import DatasetRef, EncoderRef
from mnerbench.datasets.errors import ConfigError, MissingInputError
from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.encoders.source import encoder_name
from mnerbench.methods.registry import methods


class Facts:
    """Resources of a machine that lacks only what `missing` names, and relation labels of `unlabelled`."""

    def __init__(self, missing=(), splits=("train", "valid", "test"), unlabelled=()):
        self.missing, self.splits, self.unlabelled = missing, splits, unlabelled

    def dataset_ref(self, name, kinds, sources, lost):
        if name in self.missing or (kinds and "captions" in self.missing):
            raise MissingInputError(f"{name} is not here\n  -> get it")
        return DatasetRef(
            name=name, fingerprints=dict.fromkeys(self.splits, "f" + name), inputs={kind.value: "c" for kind in kinds}
        )

    def limited(self, ref, count):
        return ref.model_copy(update={"limit_test": count, "fingerprints": {**ref.fingerprints, "test": str(count)}})

    def train_size(self, name):
        return {"a": 1000, "b": 300}.get(name, 4000)

    def shared_tweets(self, trained, tested):
        return ()

    def relation_labels(self, name):
        return None if name in self.unlabelled else "r" + name

    def encoder_ref(self, name):
        if "encoder" in self.missing:
            raise MissingInputError("no encoder")
        words = name.startswith(("words:", "word file:"))
        return EncoderRef(name=name, digest="w" if words else "e", words=words)


def suite(**changes):
    base = {
        "name": "s",
        "title": "t",
        "datasets": ["a", "b"],
        "methods": ["majority", "bert-crf", "ita-ga"],
        "seeds": 2,
    }
    return Suite.model_validate({**base, **changes})


def jobs(**changes):
    return expand(suite(**changes), Facts(), methods()).jobs


def test_methods_times_datasets_times_seeds_and_counting_methods_once():
    runs = [(job.spec.method, job.spec.dataset.name, job.spec.seed) for job in jobs()]
    assert sorted(runs) == sorted(
        [("majority", d, 0) for d in "ab"] + [(m, d, s) for m in ("bert-crf", "ita-ga") for d in "ab" for s in (0, 1)]
    )
    assert [seed for _, _, seed in runs] == sorted(seed for _, _, seed in runs)


def test_specs_are_complete_and_identities_differ():
    grid = jobs()
    assert len({job.spec.identity for job in grid}) == len(grid)
    for job in grid:
        is_count_based = job.spec.method == "majority"
        assert (job.spec.encoder is None) == (job.spec.training is None) == (job.encoder is None) == is_count_based
    assert {tuple(job.spec.dataset.inputs) for job in grid if job.spec.method == "ita-ga"} == {("captions",)}


def test_a_relation_corpus_needs_relation_labels():
    plan = suite(methods=["rpbert", "bert-crf"], datasets=["a"], settings={"rpbert": {"relations": "pairs"}})
    specs = {job.spec.method: job.spec for job in expand(plan, Facts(), methods()).jobs}
    assert (specs["rpbert"].relation_corpus.name, specs["rpbert"].relation_corpus.relations) == ("pairs", "rpairs")
    assert [data.name for data in specs["rpbert"].datasets] == ["a", "pairs"]
    assert specs["bert-crf"].relation_corpus is specs["bert-crf"].dataset.relations is None
    grid = expand(plan, Facts(unlabelled=["pairs"]), methods())
    assert {job.spec.method for job in grid.jobs} == {"bert-crf"}
    assert "no training tweet of 'pairs' says whether picture and text" in grid.not_run["rpbert on a"]


def test_methods_with_missing_inputs_are_excluded_with_the_reason():
    grid = expand(suite(), Facts(missing=("captions",)), methods())
    assert {job.spec.method for job in grid.jobs} == {"majority", "bert-crf"}
    assert set(grid.not_run) == {"ita-ga on a", "ita-ga on b"}
    assert "get it" in grid.not_run["ita-ga on a"]


def test_methods_without_text_encoder_use_word_vectors():
    grid = jobs(methods=["bert-crf", "bilstm-crf", "gvatt-hbilstm-crf", "gvatt-bert-crf"], word_vectors="glove.txt")
    encoders = {job.spec.method: (job.encoder, job.spec.encoder.digest, job.spec.encoder.words) for job in grid}
    words, bert = ("words:glove.txt", "w", True), ("bert-base-uncased", "e", False)
    assert encoders == {"bert-crf": bert, "bilstm-crf": words, "gvatt-hbilstm-crf": words, "gvatt-bert-crf": bert}
    assert all(not job.spec.is_untrained for job in grid)


def test_word_vectors_beside_a_text_encoder_are_part_of_the_identity_of_methods_that_ask(monkeypatch):
    names = {"methods": ["bert-crf", "umt"], "word_vectors": "glove.txt", "datasets": ["a"], "seeds": 1}
    before = {job.spec.method: job.spec for job in jobs(**names)}
    monkeypatch.setattr(SubwordTaggerConfig, "reads_word_vectors", True)
    after = {job.spec.method: job for job in jobs(**names)}
    assert (after["bert-crf"].encoder, after["bert-crf"].word_vectors) == ("bert-base-uncased", "word file:glove.txt")
    vectors = EncoderRef(name="word file:glove.txt", digest="w", words=True)
    spec = after["bert-crf"].spec
    assert (spec.word_vectors, spec.vectors, spec.encoder.words) == (vectors, vectors, False)
    assert spec.content == {**before["bert-crf"].content, "word_vectors": "w"}
    assert (after["umt"].spec, after["umt"].word_vectors) == (before["umt"], None)


def test_a_missing_file_of_word_vectors_excludes_only_the_methods_that_ask(monkeypatch):
    class Without(Facts):
        def encoder_ref(self, name):
            if name == "word file:random":
                raise MissingInputError("no file of word vectors\n  -> --word-vectors FILE")
            return super().encoder_ref(name)

    monkeypatch.setattr(SubwordTaggerConfig, "reads_word_vectors", True)
    grid = expand(suite(methods=["bert-crf", "bilstm-crf", "umt"], datasets=["a"]), Without(), methods())
    assert {job.spec.method for job in grid.jobs} == {"bilstm-crf", "umt"}
    assert grid.not_run == {"bert-crf on a": "no file of word vectors\n  -> --word-vectors FILE"}


def test_no_text_encoder_is_looked_up_if_all_methods_use_word_vectors():
    class NoEncoder(Facts):
        def encoder_ref(self, name):
            assert name == "words:random"
            return super().encoder_ref(name)

    assert len(expand(suite(methods=["bilstm-crf"]), NoEncoder(), methods()).jobs) == 4


def test_a_missing_encoder_excludes_only_the_methods_that_use_it():
    class Without(Facts):
        def encoder_ref(self, name):
            if name.startswith("words:") == self.words:
                raise MissingInputError(f"no {name}")
            return super().encoder_ref(name)

    for words, runnable in ((True, "bert-crf"), (False, "bilstm-crf")):
        facts = Without()
        facts.words = words
        grid = expand(suite(methods=["bert-crf", "bilstm-crf", "majority"]), facts, methods())
        assert {job.spec.method for job in grid.jobs} == {runnable, "majority"}
        assert len(grid.not_run) == 2
        assert runnable not in " ".join(grid.not_run)


def test_count_based_methods_run_without_an_encoder():
    grid = expand(suite(), Facts(missing=("encoder",)), methods())
    assert {job.spec.method for job in grid.jobs} == {"majority"}
    assert grid.not_run == dict.fromkeys(("bert-crf on a", "bert-crf on b", "ita-ga on a", "ita-ga on b"), "no encoder")


def test_all_missing_resources_of_a_method_are_listed():
    grid = expand(suite(), Facts(missing=("encoder", "captions")), methods())
    assert [str(need) for need in grid.lacking["ita-ga on a"]] == ["a is not here\n  -> get it", "no encoder"]
    assert [str(need) for need in grid.lacking["bert-crf on a"]] == ["no encoder"]


def test_no_encoder_is_looked_up_without_data():
    class NoLookup(Facts):
        def encoder_ref(self, name):
            raise AssertionError("a download would be useless, since nothing can run")

    grid = expand(suite(methods=["bert-crf"]), NoLookup(missing=("a", "b")), methods())
    assert not grid.jobs
    assert set(grid.lacking) == {"bert-crf on a", "bert-crf on b"}


@pytest.mark.parametrize(
    ("splits", "absent"), [(("train", "test"), "no valid split"), (("test",), "no train and no valid split")]
)
def test_datasets_without_all_splits_are_excluded_with_the_reason(splits, absent):
    grid = expand(suite(methods=["lookup", "majority"]), Facts(splits=splits), methods())
    assert grid.jobs == ()
    assert set(grid.not_run) == {f"{name} on {data}" for name in ("lookup", "majority") for data in suite().datasets}
    assert all(absent in reason and "cannot be trained on" in reason for reason in grid.not_run.values())


def test_a_transfer_target_without_training_split_is_not_a_gap():
    class Targets(Facts):
        def dataset_ref(self, name, kinds, sources, lost):
            whole = super().dataset_ref(name, kinds, sources, lost)
            prints = {"test": "t"} if name == "target" else {"valid": "v", "train": "r"} if name == "testless" else None
            return whole if prints is None else whole.model_copy(update={"fingerprints": prints})

    transfer_suite = suite(methods=["lookup"], datasets=["d", "target", "testless"], transfer=True)
    grid = expand(transfer_suite, Targets(), methods())
    assert [job.spec.title for job in grid.jobs] == ["lookup on d, seed 0"]
    assert list(grid.jobs[0].spec.tests) == ["test", "test@target"]
    assert list(grid.only_tested) == ["target"]
    assert set(grid.not_run) == {"lookup on d → testless", "lookup on testless"}
    assert "no test split" in grid.not_run["lookup on d → testless"]


def test_protocols():
    equal = jobs(training={"epochs": 3, "lr_encoder": 1e-4})
    assert {job.spec.training.epochs for job in equal if job.spec.training} == {3}
    paper = {job.spec.method: job.spec for job in jobs(training={"epochs": 3, "clip_norm": 0.3}, protocol="paper")}
    assert paper["ita-ga"].training.epochs == 10
    assert paper["ita-ga"].training.clip_norm == 0.3
    assert paper["ita-ga"].training.scheme.value == "bioes"
    assert paper["bert-crf"].training.scheme.value == "bio"


@pytest.mark.parametrize("protocol", ["equal", "paper"])
def test_pinned_settings_override_every_protocol(protocol):
    grid = jobs(training={"epochs": 3}, pinned={"epochs": 1}, protocol=protocol)
    assert {job.spec.training.epochs for job in grid if job.spec.training} == {1}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"methods": ["majority"], "pinned": {"epoch": 3}}, r"no training setting 'epoch'; did you mean 'epochs'"),
        ({"training": {"scheme": "bioes"}}, r"training of 'bert-crf': .*stray_inside=repair"),
        ({"training": {"epoch": 3}}, r"no training setting 'epoch'; did you mean 'epochs'"),
        ({"training": {"epochs": 0}}, r"training.epochs = 0"),
        (
            {"settings": {"ita-gaa": {"captions": 1}}},
            r"settings for 'ita-gaa', which the suite does not run; did you mean 'ita-ga'",
        ),
        ({"settings": {"ita-ga": {"k": 1}}}, r"'ita-ga' has no setting 'k'"),
        ({"methods": ["bert_crf"]}, r"unknown method 'bert_crf'; did you mean 'bert-crf'"),
    ],
)
def test_wrong_settings_are_errors(changes, message):
    with pytest.raises(ConfigError, match=message):
        jobs(**changes)


def test_a_suite_can_define_variants():
    grid = jobs(methods=["ita-one"], variants={"ita-one": {"of": "ita-ga", "settings": {"captions": 1}}})
    assert {job.spec.method for job in grid} == {"ita-one"}
    assert all(job.spec.family == "ita" and job.spec.config["captions"] == 1 for job in grid)


def test_a_variant_that_changes_nothing_is_the_same_run():
    plain = {job.spec.identity for job in jobs(methods=["ita-ga"])}
    alias = {job.spec.identity for job in jobs(methods=["mine"], variants={"mine": {"of": "ita-ga"}})}
    assert plain == alias


@pytest.mark.parametrize("name", suite_names())
def test_every_shipped_suite_expands_into_whole_runs(name):
    shipped = load_suite(name)
    shipped = shipped if shipped.datasets else override(shipped, {"datasets": ["a"]})
    grid = expand(shipped, Facts(), methods())
    assert not grid.not_run
    combinations = {(job.spec.method, job.spec.dataset.name, job.encoder) for job in grid.jobs}
    count_based = {entry.name for entry in methods() if not entry.family.is_trained}

    def encoder_of(method, part):
        if method in count_based:
            return None
        base = part.variants[method].of if method in part.variants else method
        return encoder_name(methods()[base].configure({}).text_source, encoder=part.encoder, word_vectors="random")

    assert combinations == {
        (method, dataset, encoder_of(method, part))
        for part in shipped.resolved_parts
        for method in part.methods
        for dataset in part.datasets
    }
    assert all(job.spec.seed in shipped.seeds for job in grid.jobs)
    for part in shipped.resolved_parts:
        names = {part.variants[name].of if name in part.variants else name: name for name in part.methods}
        for base, name in names.items():
            entry = methods()[base]
            paper = entry.family.paper_training if part.protocol.value == "paper" else {}
            expected = {**part.training, **paper, **part.pinned}
            settings = [
                job.spec.training.model_dump(mode="json")
                for job in grid.jobs
                if job.spec.method == name and job.encoder
            ]
            is_run = any({key: run[key] for key in expected} == expected for run in settings)
            assert is_run or not entry.family.is_trained


def test_a_variant_can_have_its_own_source():
    lookups = []

    class Recording(Facts):
        def dataset_ref(self, name, kinds, sources, lost):
            lookups.append(dict(sources))
            return super().dataset_ref(name, kinds, sources, lost)

    regions = suite(methods=["hamlearning", "hamlearning-maskrcnn"], datasets=["a"], inputs={"regions": "file"})
    expand(regions, Recording(), methods())
    assert [sources["regions"] for sources in lookups] == ["file", "maskrcnn_resnet50_fpn"]


def test_only_methods_that_read_pictures_can_have_them_hidden():
    hidden = {job.spec.method: job.spec.dataset.hidden_pictures for job in jobs(hidden_pictures=0.3)}
    assert hidden == {"majority": 0.0, "bert-crf": 0.0, "ita-ga": 0.3}


def test_training_set_sizes_multiply_the_grid_and_the_full_size_is_all():
    grid = expand(suite(train_tweets=[100, 500, 1000, "all"]), Facts(), methods())
    sizes = {(job.spec.dataset.name, job.spec.dataset.train_tweets) for job in grid.jobs}
    assert sizes == {("a", 100), ("a", 500), ("a", None), ("b", 100), ("b", None)}
    # 1,000 of 1,000 tweets is the full training set: the same run.
    everything = [job.spec.identity for job in grid.jobs if job.spec.title == "bert-crf on a, seed 0"]
    assert len(everything) == 2
    assert len(set(everything)) == 1
    assert grid.not_run["ita-ga on b (500 tweets)"] == "b has 300 training tweets"
    # The seed selects the tweets of a smaller training set, also for count-based methods.
    counted = {(job.spec.dataset.title, job.spec.seed) for job in grid.jobs if job.spec.method == "majority"}
    assert counted == {("a (100 tweets)", 0), ("a (100 tweets)", 1), ("a (500 tweets)", 0), ("a (500 tweets)", 1)} | {
        ("b (100 tweets)", 0),
        ("b (100 tweets)", 1),
        ("a", 0),
        ("b", 0),
    }


def test_transfer_scores_every_ordered_pair_and_is_the_same_training():
    plain, transferred = jobs(), jobs(transfer=True)
    pairs = {(job.spec.dataset.name, *(other.name for other in job.spec.transfer)) for job in transferred}
    assert pairs == {("a", "b"), ("b", "a")}
    assert [job.spec.identity for job in plain] == [job.spec.identity for job in transferred]
    ita = next(job.spec for job in transferred if job.spec.method == "ita-ga")
    assert set(ita.tests) == {"test", f"test@{ita.transfer[0].name}"}
    assert ita.transfer[0].inputs == {"captions": "c"}


def test_transfer_between_different_entity_types_is_excluded_with_the_reason():
    class Typed(Facts):
        def dataset_ref(self, name, kinds, sources, lost):
            data = super().dataset_ref(name, kinds, sources, lost)
            return data.model_copy(update={"types": ("PER", "LOC") if name == "a" else ("PER",)})

    grid = expand(suite(transfer=True, methods=["majority"]), Typed(), methods())
    assert all(not job.spec.transfer for job in grid.jobs)
    assert grid.not_run["majority on a → b"] == "different entity types: PER, LOC there, PER here"


def test_transfer_to_tweets_that_training_saw_is_excluded_unless_the_suite_allows_it():
    class Overlapping(Facts):
        def shared_tweets(self, trained, tested):
            return ("train of a holds 7 tweets of test of b",) if (trained, tested) == ("a", "b") else ()

    strict, allowed = (
        expand(suite(transfer=True, methods=["majority"], allow_overlap=allow), Overlapping(), methods())
        for allow in (False, True)
    )
    targets = [
        {job.spec.dataset.name: [t.name for t in job.spec.transfer] for job in grid.jobs} for grid in (strict, allowed)
    ]
    assert targets == [{"a": [], "b": ["a"]}, {"a": ["b"], "b": ["a"]}]
    assert list(strict.not_run) == ["majority on a → b"]
    assert "train of a holds 7 tweets of test of b\n" in strict.not_run["majority on a → b"]
    assert "allow_overlap = true" in strict.not_run["majority on a → b"]
    assert not allowed.not_run
    assert [job.spec.identity for job in strict.jobs] == [job.spec.identity for job in allowed.jobs]


@pytest.mark.parametrize("sizes", [[], [0], [5, 5], ["most"]])
def test_invalid_training_set_sizes_are_rejected(sizes):
    with pytest.raises(ValueError, match="train_tweets"):
        suite(train_tweets=sizes)


def test_an_unknown_method_is_an_error():
    with pytest.raises(ConfigError, match="bert-vam-of-2030"):
        expand(suite(methods=["bert-vam-of-2030"]), Facts(), methods())


def test_a_limit_is_another_run_and_no_limit_the_same_as_ever():
    whole, few = jobs(transfer=True), jobs(transfer=True, limit_test=50)
    assert not {job.spec.identity for job in whole} & {job.spec.identity for job in few}
    assert {job.spec.dataset.title for job in few} == {"a (partial: 50 test tweets)", "b (partial: 50 test tweets)"}
    assert {ref.limit_test for job in few for ref in job.spec.transfer} == {50}
    assert {job.spec.partial for job in few} == {"at most 50 tweets of dev and of test"}
    assert {job.spec.partial for job in whole} == {""}
    small = jobs(limit_test=50, train_tweets=[100], methods=["bert-crf"], datasets=["a"])
    assert small[0].spec.dataset.title == "a (100 tweets, partial: 50 test tweets)"


def test_a_run_without_diagnosis_is_the_same_run():
    whole, quick = jobs(), jobs(diagnosis=False)
    assert [job.spec.identity for job in whole] == [job.spec.identity for job in quick]
    # Methods without pictures have one view, so that nothing is left out.
    assert {job.spec.method: job.spec.diagnosis for job in quick} == {
        "majority": True,
        "bert-crf": True,
        "ita-ga": False,
    }
    assert all(job.spec.diagnosis for job in whole)


@pytest.mark.parametrize("limit", [0, -1, True, 2.0, "50"])
def test_a_limit_is_a_positive_number(limit):
    with pytest.raises(ValueError, match="limit_test"):
        suite(limit_test=limit)
