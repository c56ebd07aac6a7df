"""The recursions of a linear-chain CRF as GPU kernels, in Triton, for up to 64 labels.

A program walks one row in one direction and keeps the messages, relative to the best label of each word, in registers;
it also sums the score of the gold labels for the loss. The gradients (posteriors of words and transitions) have no
order in time and are computed by one program per stretch of words. Emissions are read in their dtype (fp32, bf16, fp16)
and processed in fp32; the scale of the messages is summed in fp64. There are no atomic additions: equal inputs give
bit-equal results.
"""

from __future__ import annotations

import triton
import triton.language as tl

from mnerbench.methods.layers.crf.inputs import LEAST

NEVER = tl.constexpr(LEAST)  # also the score of padding labels; sums of a few stay finite
BOUND = tl.constexpr(-LEAST)  # transitions are clamped to this size, so that sums of a few stay finite in fp32


@triton.jit
def _length(mask, row, words, WORDS: tl.constexpr):
    position = tl.arange(0, WORDS)
    return tl.sum(tl.load(mask + row * words + position, mask=position < words, other=0).to(tl.int32), 0)


@triton.jit
def _labels(label, labels, exists):
    """Mask of labels at a word: the labels if the word exists, else none."""
    return label < tl.where(exists, labels, 0)


@triton.jit
def _steps(transitions, labels, forth, back, LABELS: tl.constexpr):
    """Transition scores [from, to] in the direction of the walk; `forth` and `back` are the strides of its axes."""
    label = tl.arange(0, LABELS)
    real = (label < labels)[:, None] & (label < labels)[None, :]
    scores = tl.load(transitions + label[:, None] * forth + label[None, :] * back, mask=real, other=0.0).to(tl.float32)
    return tl.where(real, tl.minimum(tl.maximum(scores, -BOUND), BOUND), NEVER)


@triton.jit
def _bounded(scores):
    """Emissions in fp32, with -inf clamped to a finite number; NaN is kept, so that it reaches the loss."""
    bounded = scores.to(tl.float32)
    return tl.where(bounded < NEVER, NEVER, bounded)


@triton.jit
def _log_sum(scores, AXIS: tl.constexpr):
    top = tl.max(scores, AXIS, keep_dims=True)
    total = tl.sum(tl.exp(scores - top), AXIS, keep_dims=True)
    return top + tl.log(total)


@triton.jit
def _shares(scores):
    """Softmax over all elements."""
    weights = tl.exp(scores - tl.max(scores))
    return weights / tl.sum(weights)


@triton.jit
def walk(
    emissions, gold, mask, start, end, transitions, messages, losses, batch, words, labels,
    WORDS: tl.constexpr, LABELS: tl.constexpr, LOSS: tl.constexpr,
):  # fmt: skip
    """Compute messages [2, batch, words, labels], one program per row and direction; with LOSS also -log p(gold)."""
    row, mirrored = tl.program_id(0), tl.program_id(1)
    label = tl.arange(0, LABELS)
    real = label < labels
    length = _length(mask, row, words, WORDS)
    steps = _steps(transitions, labels, tl.where(mirrored == 1, 1, labels), tl.where(mirrored == 1, labels, 1), LABELS)
    starts = tl.load(start + label, mask=real, other=0.0).to(tl.float32)
    ends = tl.load(end + label, mask=real, other=0.0).to(tl.float32)
    # Pointers advance by one word, in either direction.
    stride = tl.where(mirrored == 1, -labels, labels)
    begin = tl.where(mirrored == 1, length - 1, 0) * labels
    read = emissions + row * words * labels + begin + label
    write = messages + (mirrored * batch + row) * words * labels + begin + label
    inside = _labels(label, labels, length > 0)
    arriving = _bounded(tl.load(read, mask=inside, other=0.0))
    state = tl.where(real, arriving + tl.where(mirrored == 1, ends, starts), NEVER)
    peak = tl.max(state, 0)
    state -= peak
    scale = peak.to(tl.float64)
    tl.store(write, state, mask=inside)
    arriving = _bounded(tl.load(read + stride, mask=_labels(label, labels, length > 1), other=0.0))
    for position in range(1, length):
        read += stride
        write += stride
        # Prefetch the next word, so that loading overlaps with computing this one.
        coming = _bounded(tl.load(read + stride, mask=_labels(label, labels, position + 1 < length), other=0.0))
        state = tl.reshape(_log_sum(state[:, None] + steps, 0), [LABELS]) + arriving
        state = tl.where(real, state, NEVER)
        peak = tl.max(state, 0)
        state -= peak
        scale += peak.to(tl.float64)
        tl.store(write, state, mask=real)
        arriving = coming
    if LOSS and mirrored == 0:
        word = tl.arange(0, WORDS)
        exists = word < length
        gold_label = tl.load(gold + row * words + word, mask=exists, other=0)
        before = tl.load(gold + row * words + word - 1, mask=exists & (word > 0), other=0)
        of_words = tl.load(emissions + (row * words + word) * labels + gold_label, mask=exists, other=0.0)
        of_steps = tl.load(transitions + before * labels + gold_label, mask=exists & (word > 0), other=0.0)
        of_steps = tl.minimum(tl.maximum(of_steps.to(tl.float32), -BOUND), BOUND)
        score = tl.sum(_bounded(of_words).to(tl.float64) + of_steps.to(tl.float64), 0)
        first = tl.sum(tl.where(word == 0, gold_label, 0), 0)
        final = tl.sum(tl.where(word == length - 1, gold_label, 0), 0)
        score += tl.sum(tl.where(label == first, starts, 0.0) + tl.where(label == final, ends, 0.0), 0).to(tl.float64)
        total = tl.sum(_log_sum(tl.where(real, state + ends, NEVER), 0), 0).to(tl.float64)
        tl.store(losses + row, tl.where(length > 0, scale + total - score, 0.0).to(tl.float32))


@triton.jit
def likelihood_gradient(
    emissions, gold, mask, transitions, messages, weights, to_emissions, to_weights, batch, words, labels,
    WORDS: tl.constexpr, LABELS: tl.constexpr, STRETCH: tl.constexpr,
):  # fmt: skip
    """Gradients of a weighted sum of losses, one program per row and stretch of words.

    `to_weights` is [batch, stretches, labels + 2, labels]: each program's share for transitions, start and end.
    """
    row, stretch = tl.program_id(0), tl.program_id(1)
    label = tl.arange(0, LABELS)
    real = label < labels
    length = _length(mask, row, words, WORDS)
    weight = tl.load(weights + row).to(tl.float32)
    steps = _steps(transitions, labels, labels, 1, LABELS)
    forth, back = messages + row * words * labels, messages + (batch + row) * words * labels
    of_steps = tl.zeros([LABELS, LABELS], tl.float32)
    of_start, of_end = tl.zeros([LABELS], tl.float32), tl.zeros([LABELS], tl.float32)
    begin = stretch * STRETCH
    for position in range(begin, tl.minimum(begin + STRETCH, words)):
        exists = _labels(label, labels, position < length)
        at = (row * words + position) * labels + label
        reached = tl.load(forth + position * labels + label, mask=exists, other=NEVER)
        ahead = tl.load(back + position * labels + label, mask=exists, other=NEVER)
        emission = _bounded(tl.load(emissions + at, mask=exists, other=0.0))
        gold_label = tl.load(gold + row * words + position, mask=position < length, other=0)
        slope = tl.where(exists, weight * (_shares(reached + ahead - emission) - (label == gold_label)), 0.0)
        tl.store(to_emissions + at, slope, mask=real)
        of_start += tl.where(position == 0, slope, 0.0)
        of_end += tl.where(position == length - 1, slope, 0.0)
        if (position > 0) & (position < length):
            reached_before = tl.load(forth + (position - 1) * labels + label, mask=real, other=NEVER)
            before = tl.load(gold + row * words + position - 1)
            gold_step = (label == before)[:, None] & (label == gold_label)[None, :]
            of_steps += _shares(reached_before[:, None] + steps + ahead[None, :]) - gold_step
    base = to_weights + (row * tl.num_programs(1) + stretch) * (labels + 2) * labels
    both = real[:, None] & real[None, :]
    bounded = tl.load(transitions + label[:, None] * labels + label[None, :], mask=both, other=0.0)
    of_steps = tl.where(tl.abs(bounded) <= BOUND, weight * of_steps, 0.0)
    tl.store(base + label[:, None] * labels + label[None, :], of_steps, mask=both)
    tl.store(base + labels * labels + label, of_start, mask=real)
    tl.store(base + (labels + 1) * labels + label, of_end, mask=real)


@triton.jit
def posterior_gradient(
    emissions, mask, transitions, messages, slopes, to_emissions, to_weights, batch, words, labels,
    WORDS: tl.constexpr, LABELS: tl.constexpr,
):  # fmt: skip
    """Gradients of a weighted sum of log posteriors, one program per row and direction, against the walk's direction.

    `to_emissions` is [2, batch, words, labels], to be summed over directions, and `to_weights` [2, batch, labels + 1,
    labels]: the transitions, and the label where the walk started.
    """
    row, mirrored = tl.program_id(0), tl.program_id(1)
    label = tl.arange(0, LABELS)
    real = label < labels
    both = real[:, None] & real[None, :]
    length = _length(mask, row, words, WORDS)
    forth, back = tl.where(mirrored == 1, 1, labels), tl.where(mirrored == 1, labels, 1)
    steps = _steps(transitions, labels, forth, back, LABELS)
    of_steps = tl.zeros([LABELS, LABELS], tl.float32)
    flow = tl.zeros([LABELS], tl.float32)
    for done in range(length):
        position = tl.where(mirrored == 1, done, length - 1 - done)
        at = (row * words + position) * labels + label
        side = batch * words * labels
        messages_here = tl.load(messages + mirrored * side + at, mask=real, other=NEVER)
        messages_there = tl.load(messages + (1 - mirrored) * side + at, mask=real, other=NEVER)
        emission = _bounded(tl.load(emissions + at, mask=real, other=0.0))
        slope = tl.load(slopes + at, mask=real, other=0.0)
        share = _shares(messages_here + messages_there - emission)
        slope -= share * tl.sum(slope, 0)
        # p(from | to) of the walk's next transition carries the gradient one word back.
        scores = messages_here[:, None] + steps
        carried = tl.where(both, tl.exp(scores - _log_sum(scores, 0)) * flow[None, :], 0.0)
        of_steps += carried
        flow = slope + tl.sum(carried, 1)
        tl.store(to_emissions + mirrored * side + at, tl.where(mirrored == 1, flow, flow - slope), mask=real)
    base = to_weights + (mirrored * batch + row) * (labels + 1) * labels
    bounded = tl.load(transitions + label[:, None] * forth + label[None, :] * back, mask=both, other=0.0)
    of_steps = tl.where(tl.abs(bounded) <= BOUND, of_steps, 0.0)
    tl.store(base + label[:, None] * forth + label[None, :] * back, of_steps, mask=both)
    tl.store(base + labels * labels + label, flow, mask=real)


@triton.jit
def viterbi(
    emissions, mask, start, end, transitions, pointers, path, words, labels,
    WORDS: tl.constexpr, LABELS: tl.constexpr,
):  # fmt: skip
    """Best labels [batch, words], one program per row; `pointers` is a buffer, int8 [batch, words, labels]."""
    row = tl.program_id(0)
    label = tl.arange(0, LABELS)
    real = label < labels
    length = _length(mask, row, words, WORDS)
    steps = _steps(transitions, labels, labels, 1, LABELS)
    read = emissions + row * words * labels + label
    came = pointers + row * words * labels + label
    best = _bounded(tl.load(read, mask=_labels(label, labels, length > 0), other=0.0))
    best = tl.where(real, best + tl.load(start + label, mask=real, other=0.0).to(tl.float32), NEVER)
    arriving = _bounded(tl.load(read + labels, mask=_labels(label, labels, length > 1), other=0.0))
    for position in range(1, length):
        read += labels
        coming = _bounded(tl.load(read + labels, mask=_labels(label, labels, position + 1 < length), other=0.0))
        best, origin = tl.max(best[:, None] + steps, 0, return_indices=True)
        tl.store(came + position * labels, origin.to(tl.int8), mask=real)
        best = tl.where(real, best + arriving, NEVER)
        best -= tl.max(best, 0)
        arriving = coming
    label_here = tl.argmax(tl.where(real, best + tl.load(end + label, mask=real, other=0.0).to(tl.float32), NEVER), 0)
    tl.debug_barrier()  # below, threads read what other threads of this program have stored
    origin = tl.load(came + (length - 1) * labels, mask=_labels(label, labels, length > 1), other=0)
    for done in range(length):
        position = length - 1 - done
        coming = tl.load(came + (position - 1) * labels, mask=_labels(label, labels, position > 1), other=0)
        tl.store(path + row * words + position, label_here.to(tl.int64))
        label_here = tl.sum(tl.where(label == label_here, origin.to(tl.int32), 0), 0)
        origin = coming
