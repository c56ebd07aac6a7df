"""The precision and autograd settings inside a network's forward pass."""

import torch

from mnerbench.datasets.visual.extractors import inference


def seen_inside(module, run):
    """Autocast's dtype (None for float32), whether gradients are on, and whether TensorFloat-32 is off, in `module`.

    Also checks that all settings are restored afterwards.
    """
    settings = []

    def record(*_):
        autocast = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else None
        off = all(getattr(backend, name) == value for backend, name, value in inference._tf32_switches())
        settings.append((autocast, torch.is_grad_enabled(), off))

    backend, name, _ = inference._tf32_switches()[-1]
    previous, on = getattr(backend, name), {"fp32_precision": "tf32", "allow_tf32": True}[name]
    setattr(backend, name, on)
    hook = module.register_forward_hook(record)
    try:
        run()
        assert getattr(backend, name) == on
        assert torch.is_grad_enabled()
        assert not torch.is_autocast_enabled("cpu")
    finally:
        hook.remove()
        setattr(backend, name, previous)
    assert settings
    return set(settings)
