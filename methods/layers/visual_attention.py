"""Attention from words to the cells of a picture, and gates for its result.

After Lu et al. 2018 (ACL: visual attention, gate) and Zhang et al. 2018 (AAAI: adaptive co-attention network).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


@torch.no_grad()
def start_like_glorot(module: nn.Module) -> None:
    """Initialise all linear layers with Glorot-uniform weights (Glorot and Bengio 2010) and zero biases.

    In AdaCAN, three tanh lie between a cell and a label. With torch's smaller default weights, differences between
    pictures shrink at each of them, and training fits the biases first.
    """
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                part.bias.zero_()


class AdditiveAttention(nn.Module):
    """Additive attention: weighs `answers` (keys and values) by their score for a `question` (query) and sums them.

    Default: score = w tanh(W_a answer + W_q question). With `apart`, as we read both papers: score = w_a tanh(W_a
    answer) + w_q tanh(W_q question); the question then adds the same term to all scores, which cancels in the softmax.

    Args:
        question: width of questions.
        answers: width of answers.
        inner: width of both projections.
        apart: apply tanh to each projection separately, as printed in the papers.
    """

    def __init__(self, question: int, answers: int, inner: int, *, apart: bool) -> None:
        super().__init__()
        self._apart = apart
        self.question, self.answers = nn.Linear(question, inner), nn.Linear(answers, inner, bias=False)
        self.weigh = nn.Linear(2 * inner if apart else inner, 1)

    def attention(self, question: Tensor, answers: Tensor, real: Tensor) -> Tensor:
        """Attention weights, [batch, questions, answers]; rows sum to one. Without any answer they are undefined.

        Args:
            question: [batch, questions, width].
            answers: [batch, answers, width].
            real: True for answers, False for padding, [batch, answers].
        """
        projected_question, projected_answers = self.question(question).unsqueeze(2), self.answers(answers).unsqueeze(1)
        if self._apart:
            # Multiply both halves separately instead of materialising the concatenation.
            first, second = self.weigh.weight[0].chunk(2)
            scores = torch.tanh(projected_answers) @ first + torch.tanh(projected_question) @ second + self.weigh.bias
        else:
            scores = self.weigh(torch.tanh(projected_answers + projected_question)).squeeze(-1)
        visible = real | ~real.any(-1, keepdim=True)
        return scores.masked_fill(~visible.unsqueeze(1), -torch.inf).softmax(-1)

    def forward(self, question: Tensor, answers: Tensor, real: Tensor) -> Tensor:
        """Weighted sums of the answers, [batch, questions, width of answers]. Arguments as in `attention`."""
        return self.attention(question, answers, real) @ answers


class VisualGate(nn.Module):
    """Gates a picture vector v into word vectors h (Lu et al. 2018).

    b_v = s(W_v h + U_v v), b_w = s(W_w h + U_w v), m = tanh(W_m h + U_m v); the result is b_w * h + b_v * m.

    Args:
        words: width of the word vectors h, and of the result.
        picture: width of the picture vectors v.
    """

    def __init__(self, words: int, picture: int) -> None:
        super().__init__()
        self.of_word, self.of_picture = nn.Linear(words, 3 * words), nn.Linear(picture, 3 * words, bias=False)

    def forward(self, words: Tensor, picture: Tensor) -> Tensor:
        """[tweets, words, width]; `picture` may be one vector per tweet, [tweets, 1, width]."""
        for_picture, for_word, visual = (self.of_word(words) + self.of_picture(picture)).chunk(3, -1)
        return torch.sigmoid(for_word) * words + torch.sigmoid(for_picture) * torch.tanh(visual)


class MixingGate(nn.Module):
    """Mixes two vectors elementwise: s = sigmoid(W_a a + W_b b + c), and s * a + (1 - s) * b (MGCMT).

    Args:
        width: of both.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.of_first, self.of_second = nn.Linear(width, width), nn.Linear(width, width, bias=False)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """[..., width], from two tensors of this shape."""
        share = torch.sigmoid(self.of_first(first) + self.of_second(second))
        return share * first + (1 - share) * second


class CoAttention(nn.Module):
    """Word-guided visual attention, image-guided textual attention, and their gated fusion (Zhang et al. 2018).

    A word h_t attends to the cells, giving v_t; v_t attends to all words, giving h'_t; a gate mixes both elementwise:
    a = tanh(W_v v_t), b = tanh(W_h h'_t), g = sigmoid(W_g [a; b]), m_t = g * a + (1 - g) * b (a gated multimodal unit,
    Arevalo et al. 2017).

    Args:
        width: width of words, cells and the result.
        apart: as in `AdditiveAttention`.
    """

    def __init__(self, width: int, *, apart: bool) -> None:
        super().__init__()
        self.to_cells = AdditiveAttention(width, width, width, apart=apart)
        self.to_words = AdditiveAttention(width, width, width, apart=apart)
        self.of_cells, self.of_words = nn.Linear(width, width), nn.Linear(width, width)
        self.gate = nn.Linear(2 * width, width, bias=False)

    def forward(self, words: Tensor, cells: Tensor, real: tuple[Tensor, Tensor]) -> Tensor:
        """[tweets, words, width].

        Args:
            words: [tweets, words, width].
            cells: [tweets, cells, width].
            real: masks, False for padding, of words, [tweets, words], and of cells, [tweets, cells].
        """
        attended_cells = self.to_cells(words, cells, real[1])
        attended_words = self.to_words(attended_cells, words, real[0])
        from_cells, from_words = torch.tanh(self.of_cells(attended_cells)), torch.tanh(self.of_words(attended_words))
        share = torch.sigmoid(self.gate(torch.cat([from_cells, from_words], -1)))
        return share * from_cells + (1 - share) * from_words


class FiltrationGate(nn.Module):
    """Filters a multimodal vector m before it is concatenated with the word h (Zhang et al. 2018).

    s = sigmoid(W_h h + W_m m + b), u = s * tanh(W m + b); the result is [h; u], with u = 0 for tweets without picture.

    Args:
        width: width of h and m.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.of_word, self.of_both = nn.Linear(width, width, bias=False), nn.Linear(width, width)
        self.keep = nn.Linear(width, width)

    def forward(self, words: Tensor, multimodal: Tensor, present: Tensor) -> Tensor:
        """[tweets, words, 2 * width].

        Args:
            words: [tweets, words, width].
            multimodal: [tweets, words, width].
            present: True for tweets with a picture, [tweets, 1, 1].
        """
        share = torch.sigmoid(self.of_word(words) + self.of_both(multimodal))
        return torch.cat([words, present * share * torch.tanh(self.keep(multimodal))], -1)
