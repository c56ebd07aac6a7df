"""A setting without effect is found by name, unless the config declares it inactive."""

from __future__ import annotations

from dataclasses import replace

import pytest
from faulty_methods import UnusedDropout, entry_of
from pydantic import Field

from mnerbench.methods.base.configs import SubwordTaggerConfig
from mnerbench.methods.conformance import Case, check_no_inert_settings
from mnerbench.methods.conformance.settings import _Observations, _values
from mnerbench.methods.registry import methods
from mnerbench.methods.subword_tagger import SubwordTagger


class Declared(SubwordTaggerConfig):
    """Says that `dropout` has no effect."""

    @property
    def inactive_settings(self):
        return super().inactive_settings | {"dropout"}


class Named(SubwordTaggerConfig):
    """Has a setting whose other values nobody can guess."""

    checkpoint: str = Field("none", description="unused")


class Bounded(SubwordTaggerConfig):
    """Has unused numbers: one between bounds, one that may be absent."""

    rounds: int = Field(2, ge=2, le=4, description="unused")
    margin: float | None = Field(None, gt=0, description="unused")


def case(method, config=SubwordTaggerConfig, **options):
    return Case(entry_of(method, config), lambda *_: None, **options)


def failure(case):
    with pytest.raises(AssertionError) as caught:
        check_no_inert_settings(case)
    return str(caught.value)


def test_an_unused_dropout_is_reported_with_a_remedy():
    assert failure(case(UnusedDropout)) == (
        "method 'faulty':\n"
        "setting dropout changes a run's identity and nothing else: 0.1 acts like 0, 0.05, 0.15, 0.2\n"
        "  -> use it in the model or the card, remove it, or return its name from the config's `inactive_settings` "
        "while it has no effect"
    )


def test_an_inactive_setting_needs_no_effect():
    check_no_inert_settings(case(UnusedDropout, Declared))


def test_numbers_are_tried_at_their_bounds_and_around_their_value():
    message = failure(case(SubwordTagger, Bounded))
    assert "setting rounds changes a run's identity and nothing else: 2 acts like 4, 3\n" in message
    assert "setting margin changes a run's identity and nothing else: None acts like 0.5, 1.5, 2\n" in message
    assert "dropout" not in message


def test_a_setting_of_any_text_needs_values_to_try():
    assert (
        "setting checkpoint = 'none': no other value is known\n  -> Case(..., alternatives={'checkpoint': [...]})"
        in (failure(case(SubwordTagger, Named)))
    )
    message = failure(case(SubwordTagger, Named, alternatives={"checkpoint": ["a", "b"]}))
    assert "setting checkpoint changes a run's identity and nothing else: 'none' acts like 'a', 'b'\n" in message


def test_values_follow_the_type():
    fields = methods()["ita-ga"].family.config.model_fields
    assert list(_values(fields["text_view"].annotation, (), False)) == [True, False]
    assert ("tags",) in list(_values(fields["contexts"].annotation, (), None))
    fields = methods()["maf"].family.config.model_fields
    assert list(_values(fields["swap"].annotation, (), "random")) == ["random", "last"]
    assert list(_values(fields["heads"].annotation, fields["heads"].metadata, None)) == [1, 0, 2, 2, None]


@pytest.mark.parametrize("name", ["maf", "gvatt-hbilstm-crf", "ita-ga+cva"])
def test_the_same_settings_are_observed_alike(name):
    variant = Case(methods()[name], lambda *_: None)
    assert not _Observations(variant).differ(_Observations(replace(variant)))
