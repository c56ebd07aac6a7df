"""Misuse of the Python interface that type checkers must report, in the marked lines and nowhere else."""

from __future__ import annotations

import mnerbench

results = mnerbench.run("demo", seed=3)  # error: the argument is called `seeds`
results = mnerbench.run("demo", workers="two")  # error: a number
results.leaderbord()  # error: no such method
total: int = mnerbench.score([["O"]], [["O"]]).f1  # error: a fraction
verdict = results.compare("maf", "umt").verdict  # error: a list
words: str = mnerbench.load_corpus("twitter15")["test"][0].words  # error: a tuple
kind = mnerbench.load_tagger("maf").tag(["a tweet"])[0].entities[0].kind  # error: the attribute is called `type`
load = mnerbench.load_result  # error: no such function
tweet: mnerbench.TaggedTweet = mnerbench.load_tagger("maf").tag(["a", "b"])[0:1]  # error: a tuple
mnerbench.cite(["maf", "umt"])  # error: names are arguments of their own
