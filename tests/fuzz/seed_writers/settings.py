"""Cards of datasets, suites and flags."""

from __future__ import annotations

from seed_writers.saving import TINY, save


def cards_and_suites() -> None:
    import tomli_w

    card = TINY.joinpath("card.toml").read_text(encoding="utf-8").replace('"tiny"', '"mine"')
    save("card", "whole.toml", card)
    small = {
        "name": "mine",
        "types": ["PER", "LOC", "ORG", "MISC", "OTHER"],
        "files": {s: f"{s}.txt" for s in ("train", "valid", "test")},
    }
    save("card", "small.toml", tomli_w.dumps(small))
    probe = {**small, "files": {}, "title": "t", "summary": "s", "images": "drawn", "how_to_get": "x"}
    probe["probe"] = {"evidence": ["relation", "object"], "train": 6, "valid": 3, "test": 3}
    save("card", "probe.toml", tomli_w.dumps({key: value for key, value in probe.items() if value}))
    fetched = {**small, "images": "here", "citation": "c", "licence": "l", "scheme": "bio", "format": "umt"}
    fetched["label_map"] = {"OTHER": "MISC"}
    fetched["files"] = {"train": {"path": "train.txt", "url": "https://example.org/train.txt", "sha256": "0" * 64}}
    save("card", "fetched.toml", tomli_w.dumps(fetched))
    suite = {
        "title": "short",
        "datasets": ["tiny"],
        "methods": ["lookup", "bert-crf", "ita-ga+cva"],
        "baseline": "lookup",
    }
    suite |= {"seeds": 2, "encoder": "scratch", "training": {"epochs": 3, "batch_size": 4, "lr_encoder": 1e-3}}
    suite |= {"settings": {"ita-ga+cva": {"captions": 2}}, "inputs": {"captions": "blip2"}, "train_tweets": [10, "all"]}
    save("suite", "plain.toml", tomli_w.dumps(suite))
    part = {"methods": ["bert-crf"], "encoder": "scratch", "protocol": "paper", "pinned": {"epochs": 2}}
    parts = {"title": "parts", "datasets": ["tiny"], "seeds": [0, 3], "parts": [part, {"methods": ["lookup"]}]}
    save("suite", "parts.toml", tomli_w.dumps(parts))
    variant = {"of": "ita-ga", "settings": {"captions": 1}, "sources": {"captions": "blip2"}}
    save(
        "suite",
        "variants.toml",
        tomli_w.dumps({"of": "demo", "title": "v", "datasets": ["tiny"], "methods": ["v"], "variants": {"v": variant}}),
    )
    tuned = {"methods": ["bert-crf"], "encoder": "scratch", "word_vectors": "random", "protocol": "tuned"}
    tuned |= {"training": {"epochs": 2, "lr_encoder": 3e-5}, "settings": {"bert-crf": {"dropout": 0.25}}}
    save(
        "tuned",
        "tuned-tiny.toml",
        tomli_w.dumps({"title": "s, best on dev", "datasets": ["tiny"], "seeds": [0, 1], "parts": [tuned]}),
    )
    flags = [
        "--set bert-crf.dropout=0.2",
        "--set training.epochs=2",
        "--set ita-ga.captions=1",
        "--input captions=blip2",
    ]
    save(
        "flags",
        "some.txt",
        "\n".join([*flags, "--seeds 3,5", "--methods bert-crf,ita-ga", "--train-tweets 10,all"]) + "\n",
    )
    save(
        "flags",
        "others.txt",
        "--set ita-ga.captions=1\n--methods ita-ga,lookup\n--seeds 2\n--input captions=x|blip2\n--baseline lookup\n",
    )
