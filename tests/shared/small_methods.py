"""Methods over the encoder and the tweets of the conformance cases."""

from mnerbench.methods.base import Variant
from mnerbench.methods.conformance import Case
from mnerbench.methods.registry import methods


def made(name, settings=None):
    """A method, not in training, and its tweets; `settings` are over those of its family, instead of the variant's."""
    entry = methods()[name]
    if settings is not None:
        entry = entry._replace(variant=Variant("t", settings))
    case = Case(entry, train=lambda *_: None)
    method = case.build().eval()
    return method, case.split(method)
