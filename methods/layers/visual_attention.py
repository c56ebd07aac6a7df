"""How words look at the cells of a picture, and the gates that decide what of it is let in.

After Lu et al. 2018 (ACL: visual attention, gate) and Zhang et al. 2018 (AAAI: adaptive co-attention network).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


@torch.no_grad()
def start_like_glorot(module: nn.Module) -> None:
    """Uniform weights of Glorot and Bengio 2010 and zero biases, in all linear layers below.

    Three tanh lie between a cell and a label in AdaCAN. With torch's own, smaller weights what differs between pictures
    shrinks at each of them, and biases have won before it is found.
    """
    for part in module.modules():
        if isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                part.bias.zero_()


class Attended(nn.Module):
    """Additive attention: a question weighs the answers and gets their weighted sum.

    Together: score = w tanh(W_a answer + W_q question). Apart, as we read both papers: w_a tanh(W_a answer) +
    w_q tanh(W_q question); the question then adds the same to all scores, and the softmax takes it away again.

    Args:
        question, answers: their widths.
        inner: width of both projections.
        apart: as printed.
    """

    def __init__(self, question: int, answers: int, inner: int, *, apart: bool) -> None:
        super().__init__()
        self._apart = apart
        self.question, self.answers = nn.Linear(question, inner), nn.Linear(answers, inner, bias=False)
        self.weigh = nn.Linear(2 * inner if apart else inner, 1)

    def attention(self, question: Tensor, answers: Tensor, real: Tensor) -> Tensor:
        """[batch, questions, answers]; rows sum to one. Where no answer is real they mean nothing.

        Args:
            question: [batch, questions, width].
            answers: [batch, answers, width].
            real: True for real answers, [batch, answers].
        """
        asked, given = self.question(question).unsqueeze(2), self.answers(answers).unsqueeze(1)
        if self._apart:
            # Of two vectors beside each other each part is weighed by itself: nothing so large has to be made.
            first, second = self.weigh.weight[0].chunk(2)
            scores = torch.tanh(given) @ first + torch.tanh(asked) @ second + self.weigh.bias
        else:
            scores = self.weigh(torch.tanh(given + asked)).squeeze(-1)
        seen = real | ~real.any(-1, keepdim=True)
        return scores.masked_fill(~seen.unsqueeze(1), -torch.inf).softmax(-1)

    def forward(self, question: Tensor, answers: Tensor, real: Tensor) -> Tensor:
        """Weighted sums of the answers, [batch, questions, width of answers]. Arguments as of `attention`."""
        return self.attention(question, answers, real) @ answers


class VisualGate(nn.Module):
    """What of the picture goes into a word (Lu et al. 2018).

    b_v = s(W_v h + U_v v), b_w = s(W_w h + U_w v), m = tanh(W_m h + U_m v); the word becomes b_w * h + b_v * m.

    Args:
        words: width of the words' vectors h, and of the result.
        seen: width of what was seen, v.
    """

    def __init__(self, words: int, seen: int) -> None:
        super().__init__()
        self.of_word, self.of_picture = nn.Linear(words, 3 * words), nn.Linear(seen, 3 * words, bias=False)

    def forward(self, words: Tensor, seen: Tensor) -> Tensor:
        """[tweets, words, width]; `seen` may be one vector per tweet, [tweets, 1, width]."""
        for_picture, for_word, both = (self.of_word(words) + self.of_picture(seen)).chunk(3, -1)
        return torch.sigmoid(for_word) * words + torch.sigmoid(for_picture) * torch.tanh(both)


class CoAttention(nn.Module):
    """What each word sees of the picture, which words that makes important, and both in one vector (Zhang et al. 2018).

    A word h_t looks at the cells and sees v_t; what it sees looks at all words and finds h'_t; a gate mixes the two,
    number by number: a = tanh(W_v v_t), b = tanh(W_h h'_t), g = sigmoid(W_g [a; b]), m_t = g * a + (1 - g) * b (a gated
    multimodal unit, Arevalo et al. 2017).

    Args:
        width: of words, cells and the result.
        apart: as printed (`Attended`).
    """

    def __init__(self, width: int, *, apart: bool) -> None:
        super().__init__()
        self.to_cells = Attended(width, width, width, apart=apart)
        self.to_words = Attended(width, width, width, apart=apart)
        self.of_cells, self.of_words = nn.Linear(width, width), nn.Linear(width, width)
        self.gate = nn.Linear(2 * width, width, bias=False)

    def forward(self, words: Tensor, cells: Tensor, real: tuple[Tensor, Tensor]) -> Tensor:
        """[tweets, words, width].

        Args:
            words: [tweets, words, width].
            cells: [tweets, cells, width].
            real: True for real words, [tweets, words], and for real cells, [tweets, cells].
        """
        seen = self.to_cells(words, cells, real[1])
        found = self.to_words(seen, words, real[0])
        from_cells, from_words = torch.tanh(self.of_cells(seen)), torch.tanh(self.of_words(found))
        share = torch.sigmoid(self.gate(torch.cat([from_cells, from_words], -1)))
        return share * from_cells + (1 - share) * from_words


class FiltrationGate(nn.Module):
    """How much of a multimodal vector m is let in beside a word h (Zhang et al. 2018).

    s = sigmoid(W_h h + W_m m + b), u = s * tanh(W m + b); the result is [h; u], with u = 0 where nothing was seen.

    Args:
        width: of both.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.of_word, self.of_both = nn.Linear(width, width, bias=False), nn.Linear(width, width)
        self.keep = nn.Linear(width, width)

    def forward(self, words: Tensor, both: Tensor, present: Tensor) -> Tensor:
        """[tweets, words, 2 * width].

        Args:
            words: [tweets, words, width].
            both: the same of the multimodal vectors.
            present: True for tweets of which something was seen, [tweets, 1, 1].
        """
        share = torch.sigmoid(self.of_word(words) + self.of_both(both))
        return torch.cat([words, present * share * torch.tanh(self.keep(both))], -1)
