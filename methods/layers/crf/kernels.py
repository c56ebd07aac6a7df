"""The recursions of a linear-chain CRF as GPU kernels, in Triton, for up to 64 labels.

A program walks one row in one direction and keeps the messages, relative to the best label of each word, in registers;
what the loss needs of the gold labels is summed beside it. All that follows (posteriors of words and of steps, that is,
the gradients) has no order in time and is done by as many programs as there are stretches of words. Emissions are read
as they are (fp32, bf16, fp16), computed with in fp32, and the scale of the messages is summed in fp64. Nothing is added
atomically: equal inputs give equal bits.
"""

from __future__ import annotations

import triton
import triton.language as tl

from mnerbench.methods.layers.crf.inputs import LEAST

NEVER = tl.constexpr(LEAST)  # also the score of what stands beyond the last label; its sums are still finite
BOUND = tl.constexpr(-LEAST)  # no step counts as larger in size: sums of a few stay finite in fp32


@triton.jit
def _length(mask, row, words, WORDS: tl.constexpr):
    place = tl.arange(0, WORDS)
    return tl.sum(tl.load(mask + row * words + place, mask=place < words, other=0).to(tl.int32), 0)


@triton.jit
def _labels(label, labels, there):
    """Which labels exist, all or none: a mask for what stands at a word that may not be there."""
    return label < tl.where(there, labels, 0)


@triton.jit
def _steps(transitions, labels, forth, back, LABELS: tl.constexpr):
    """Step scores [from, to] as a walk meets them: `forth` and `back` are the strides of its sides in memory."""
    one = tl.arange(0, LABELS)
    real = (one < labels)[:, None] & (one < labels)[None, :]
    found = tl.load(transitions + one[:, None] * forth + one[None, :] * back, mask=real, other=0.0).to(tl.float32)
    return tl.where(real, tl.minimum(tl.maximum(found, -BOUND), BOUND), NEVER)


@triton.jit
def _bounded(scores):
    """Emissions in fp32, -inf as a number; NaN stays, so that a loss tells of it."""
    found = scores.to(tl.float32)
    return tl.where(found < NEVER, NEVER, found)


@triton.jit
def _log_sum(scores, AXIS: tl.constexpr):
    top = tl.max(scores, AXIS, keep_dims=True)
    total = tl.sum(tl.exp(scores - top), AXIS, keep_dims=True)
    return top + tl.log(total)


@triton.jit
def _shares(scores):
    """Softmax over all there is."""
    weights = tl.exp(scores - tl.max(scores))
    return weights / tl.sum(weights)


@triton.jit
def walk(
    emissions, gold, mask, start, end, transitions, messages, losses, batch, words, labels,
    WORDS: tl.constexpr, LABELS: tl.constexpr, LOSS: tl.constexpr,
):  # fmt: skip
    """Messages [2, batch, words, labels], a program per row and direction; with LOSS also -log p(gold), [batch]."""
    row, mirrored = tl.program_id(0), tl.program_id(1)
    label = tl.arange(0, LABELS)
    real = label < labels
    length = _length(mask, row, words, WORDS)
    steps = _steps(transitions, labels, tl.where(mirrored == 1, 1, labels), tl.where(mirrored == 1, labels, 1), LABELS)
    starts = tl.load(start + label, mask=real, other=0.0).to(tl.float32)
    ends = tl.load(end + label, mask=real, other=0.0).to(tl.float32)
    # Pointers go one word on, in either direction.
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
    for place in range(1, length):
        read += stride
        write += stride
        # Asked for a word ahead, so that memory is waited for while this word is computed.
        coming = _bounded(tl.load(read + stride, mask=_labels(label, labels, place + 1 < length), other=0.0))
        state = tl.reshape(_log_sum(state[:, None] + steps, 0), [LABELS]) + arriving
        state = tl.where(real, state, NEVER)
        peak = tl.max(state, 0)
        state -= peak
        scale += peak.to(tl.float64)
        tl.store(write, state, mask=real)
        arriving = coming
    if LOSS and mirrored == 0:
        word = tl.arange(0, WORDS)
        there = word < length
        chosen = tl.load(gold + row * words + word, mask=there, other=0)
        before = tl.load(gold + row * words + word - 1, mask=there & (word > 0), other=0)
        of_words = tl.load(emissions + (row * words + word) * labels + chosen, mask=there, other=0.0)
        of_steps = tl.load(transitions + before * labels + chosen, mask=there & (word > 0), other=0.0)
        of_steps = tl.minimum(tl.maximum(of_steps.to(tl.float32), -BOUND), BOUND)
        score = tl.sum(_bounded(of_words).to(tl.float64) + of_steps.to(tl.float64), 0)
        first = tl.sum(tl.where(word == 0, chosen, 0), 0)
        final = tl.sum(tl.where(word == length - 1, chosen, 0), 0)
        score += tl.sum(tl.where(label == first, starts, 0.0) + tl.where(label == final, ends, 0.0), 0).to(tl.float64)
        total = tl.sum(_log_sum(tl.where(real, state + ends, NEVER), 0), 0).to(tl.float64)
        tl.store(losses + row, tl.where(length > 0, scale + total - score, 0.0).to(tl.float32))


@triton.jit
def likelihood_gradient(
    emissions, gold, mask, transitions, messages, weights, to_emissions, to_weights, batch, words, labels,
    WORDS: tl.constexpr, LABELS: tl.constexpr, STRETCH: tl.constexpr,
):  # fmt: skip
    """Gradients of a weighted sum of losses, a program per row and stretch of words.

    `to_weights` is [batch, stretches, labels + 2, labels]: each program's part in those of steps, start and end.
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
    for place in range(begin, tl.minimum(begin + STRETCH, words)):
        there = _labels(label, labels, place < length)
        at = (row * words + place) * labels + label
        reached = tl.load(forth + place * labels + label, mask=there, other=NEVER)
        ahead = tl.load(back + place * labels + label, mask=there, other=NEVER)
        own = _bounded(tl.load(emissions + at, mask=there, other=0.0))
        chosen = tl.load(gold + row * words + place, mask=place < length, other=0)
        slope = tl.where(there, weight * (_shares(reached + ahead - own) - (label == chosen)), 0.0)
        tl.store(to_emissions + at, slope, mask=real)
        of_start += tl.where(place == 0, slope, 0.0)
        of_end += tl.where(place == length - 1, slope, 0.0)
        if (place > 0) & (place < length):
            left = tl.load(forth + (place - 1) * labels + label, mask=real, other=NEVER)
            before = tl.load(gold + row * words + place - 1)
            taken = (label == before)[:, None] & (label == chosen)[None, :]
            of_steps += _shares(left[:, None] + steps + ahead[None, :]) - taken
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
    """Gradients of a weighted sum of log posteriors, a program per row and direction, from the walk's end to its start.

    `to_emissions` is [2, batch, words, labels], to be added up, and `to_weights` [2, batch, labels + 1, labels]: the
    steps, and where the walk started.
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
        place = tl.where(mirrored == 1, done, length - 1 - done)
        at = (row * words + place) * labels + label
        side = batch * words * labels
        own = tl.load(messages + mirrored * side + at, mask=real, other=NEVER)
        other = tl.load(messages + (1 - mirrored) * side + at, mask=real, other=NEVER)
        here = _bounded(tl.load(emissions + at, mask=real, other=0.0))
        slope = tl.load(slopes + at, mask=real, other=0.0)
        share = _shares(own + other - here)
        slope -= share * tl.sum(slope, 0)
        # p(from | to) of the step that this walk took after this word carries the flow one word back.
        scores = own[:, None] + steps
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
    """Best labels [batch, words], a program per row; `pointers` is room for its steps, int8 [batch, words, labels]."""
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
    for place in range(1, length):
        read += labels
        coming = _bounded(tl.load(read + labels, mask=_labels(label, labels, place + 1 < length), other=0.0))
        best, origin = tl.max(best[:, None] + steps, 0, return_indices=True)
        tl.store(came + place * labels, origin.to(tl.int8), mask=real)
        best = tl.where(real, best + arriving, NEVER)
        best -= tl.max(best, 0)
        arriving = coming
    here = tl.argmax(tl.where(real, best + tl.load(end + label, mask=real, other=0.0).to(tl.float32), NEVER), 0)
    tl.debug_barrier()  # what other threads of this program have stored is read below
    origin = tl.load(came + (length - 1) * labels, mask=_labels(label, labels, length > 1), other=0)
    for done in range(length):
        place = length - 1 - done
        coming = tl.load(came + (place - 1) * labels, mask=_labels(label, labels, place > 1), other=0)
        tl.store(path + row * words + place, here.to(tl.int64))
        here = tl.sum(tl.where(label == here, origin.to(tl.int32), 0), 0)
        origin = coming
