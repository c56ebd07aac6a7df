"""A typical hand-written training loop: transformers, a linear layer, pytorch-crf, AdamW, bucketed batches.

The rival of our epochs; it shares only the corpus reader with the harness.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torchcrf import CRF
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup

from mnerbench.benchmark.perf.pairs import wait
from mnerbench.datasets.corpus import Corpus, Example
from mnerbench.datasets.tagging import label_set


class PlainTagger(torch.nn.Module):
    """Encoder, dropout, linear layer over the first subword of each word, CRF."""

    def __init__(self, encoder: Path, labels: int) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(encoder, trust_remote_code=False)
        self.linear = torch.nn.Linear(self.encoder.config.hidden_size, labels)
        self.crf = CRF(labels, batch_first=True)

    def emissions(self, ids: Tensor, mask: Tensor, first: Tensor) -> Tensor:
        """Word emissions, [tweets, words, labels], from first subwords."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        words = states.gather(1, first[..., None].expand(-1, -1, states.shape[-1]))
        emissions: Tensor = self.linear(torch.nn.functional.dropout(words, 0.1, self.training))
        return emissions


class PlainLoop:
    """Trains on a corpus in fp32."""

    def __init__(self, corpus: Corpus, encoder: Path, epochs: int, batch_size: int, device: torch.device) -> None:
        torch.manual_seed(0)
        self.corpus, self.epochs, self.batch_size = corpus, epochs, batch_size
        self.labels = label_set(corpus.types)
        self.tokenizer = AutoTokenizer.from_pretrained(encoder, trust_remote_code=False)
        self.model, self.device = PlainTagger(encoder, len(self.labels)).to(device), device
        rates = ((self.model.encoder, 1e-4), (self.model.linear, 1e-3), (self.model.crf, 5e-2))
        self.optimizer = torch.optim.AdamW([{"params": list(m.parameters()), "lr": rate} for m, rate in rates])
        steps = epochs * -(-len(corpus["train"]) // batch_size)
        self.schedule = get_linear_schedule_with_warmup(  # type: ignore[no-untyped-call]
            self.optimizer, steps // 10, steps
        )
        self.random = random.Random(0)
        # Untimed; words that the tokenizer drops, such as a zero-width space, become the unknown token.
        self.words = {
            split: [[w if self.tokenizer.tokenize(w) else self.tokenizer.unk_token for w in e.words] for e in examples]
            for split, examples in corpus.splits.items()
        }

    def _batches(self, split: str, *, shuffle: bool) -> Iterator[tuple[list[int], tuple[Tensor, ...]]]:
        examples = self.corpus[split]
        order = sorted(range(len(examples)), key=lambda i: len(examples[i].words))
        cuts = [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]
        if shuffle:
            self.random.shuffle(cuts)
        for cut in cuts:
            yield cut, self._tensors([examples[i] for i in cut], [self.words[split][i] for i in cut])

    def _tensors(self, examples: Sequence[Example], words: Sequence[Sequence[str]]) -> tuple[Tensor, ...]:
        batch = self.tokenizer(words, is_split_into_words=True, padding=True, return_tensors="pt")
        width = max(map(len, words))
        first = torch.zeros(len(words), width, dtype=torch.long)
        gold = torch.zeros(len(words), width, dtype=torch.long)
        for row, example in enumerate(examples):
            for position, word in reversed(list(enumerate(batch.word_ids(row)))):
                if word is not None:
                    first[row, word] = position
            gold[row, : len(example.words)] = torch.tensor([self.labels.index(label) for label in example.labels])
        mask = torch.arange(width) < torch.tensor([len(row) for row in words])[:, None]
        tensors = batch["input_ids"], batch["attention_mask"], first, gold, mask
        return tuple(tensor.to(self.device) for tensor in tensors)

    def epoch(self) -> float:
        """Train for an epoch; returns its seconds."""
        start = time.perf_counter()
        self.model.train()
        for _, (ids, attention, first, gold, mask) in self._batches("train", shuffle=True):
            loss = -self.model.crf(self.model.emissions(ids, attention, first), gold, mask=mask, reduction="mean")
            self.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.schedule.step()
        wait(self.device)
        return time.perf_counter() - start
