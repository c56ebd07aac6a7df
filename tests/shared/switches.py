"""How a network computes, told from inside it."""

import torch

from mnerbench.datasets.visual.extractors import inference


def seen_inside(module, look):
    """Autocast's dtype (None for float32), whether gradients are kept, and whether TensorFloat-32 is off, in `module`.

    Also sees that everything is as before afterwards.
    """
    seen = []

    def note(*_):
        autocast = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else None
        off = all(getattr(where, name) == value for where, name, value in inference._tf32())
        seen.append((autocast, torch.is_grad_enabled(), off))

    where, name, _ = inference._tf32()[-1]
    before, on = getattr(where, name), {"fp32_precision": "tf32", "allow_tf32": True}[name]
    setattr(where, name, on)
    hook = module.register_forward_hook(note)
    try:
        look()
        assert getattr(where, name) == on
        assert torch.is_grad_enabled()
        assert not torch.is_autocast_enabled("cpu")
    finally:
        hook.remove()
        setattr(where, name, before)
    assert seen
    return set(seen)
