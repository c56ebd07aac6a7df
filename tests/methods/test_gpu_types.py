"""Training steps on the CPU with the dtypes of CUDA's autocast, which differ from the CPU's."""

from __future__ import annotations

import pytest
import torch
from torch.overrides import TorchFunctionMode

from mnerbench.methods.conformance import Case
from mnerbench.methods.registry import methods

# Operators that CUDA's autocast runs in fp32 (PyTorch's op reference for autocast); on a CPU most stay in bf16.
_FP32 = {
    *("layer_norm", "group_norm", "softmax", "log_softmax", "logsumexp", "cross_entropy", "nll_loss", "mse_loss"),
    *("binary_cross_entropy_with_logits", "kl_div", "cosine_similarity", "exp", "log", "log1p", "pow", "__pow__"),
    *("norm", "sum", "prod", "cumsum", "reciprocal", "rsqrt", "softplus"),
}
_BANNED = {"binary_cross_entropy"}


def widened(value):
    if isinstance(value, torch.Tensor) and value.dtype in {torch.bfloat16, torch.float16}:
        return value.float()
    return type(value)(map(widened, value)) if type(value) in {tuple, list} else value


class LikeOnGPU(TorchFunctionMode):
    """Context manager under which autocast on the CPU gives the dtypes of a GPU."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs, name = kwargs or {}, getattr(func, "__name__", "")
        if torch.is_autocast_enabled("cpu"):
            assert name not in _BANNED, f"CUDA's autocast refuses {name}"
            # CUDA's autocast would run it in fp16, neither the requested dtype nor fp32.
            assert name != "lstm", "an LSTM under autocast: use `run_lstm`"
            if name in _FP32:
                with torch.autocast("cpu", enabled=False):
                    return func(*widened(tuple(args)), **{key: widened(value) for key, value in kwargs.items()})
        return func(*args, **kwargs)


def test_types_are_those_of_a_gpu():
    norm, values = torch.nn.LayerNorm(4), torch.rand(2, 4).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        assert norm(values).dtype == torch.bfloat16
        with LikeOnGPU():
            assert norm(values).dtype == torch.float32


@pytest.mark.parametrize(
    "entry", [entry for entry in methods() if entry.family.is_trained], ids=lambda entry: entry.name
)
def test_a_step_takes_the_types_of_a_gpu(entry):
    case = Case(entry, train=lambda *_: None)
    method = case.build().train()
    split = case.split(method)
    views = {view: split.batch(range(8), view) for view in case.config.training_views}
    with LikeOnGPU(), torch.autocast("cpu", torch.bfloat16):
        loss = torch.stack(list(method.losses(views).values())).sum()
    loss.backward()
    assert loss.isfinite()
