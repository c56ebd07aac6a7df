"""What answers cost, and limits of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.untrusted.display import quoted
from mnerbench.datasets.untrusted.files import named
from mnerbench.datasets.untrusted.toml_text import read_toml

_UNITS = ("requests", "tokens", "money")


class Price(BaseModel):
    """Price of a model, per million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    prompt: float = Field(ge=0, le=1e9)
    completion: float = Field(ge=0, le=1e9)


@dataclass(frozen=True)
class Prices:
    """Prices by model, in one currency.

    Attributes:
        currency: as written in the file, such as `USD`.
        models: names with their prices; a tuple, so that settings of a machine can be hashed.
    """

    currency: str = ""
    models: tuple[tuple[str, Price], ...] = ()

    def of(self, model: str, prompt: int, completion: int) -> float | None:
        """What so many tokens of a model cost; None without a price."""
        price = dict(self.models).get(model)
        return (prompt * price.prompt + completion * price.completion) / 1e6 if price is not None else None


def read_prices(path: Path) -> Prices:
    """Read prices: `currency = "USD"`, and `[models."name"]` with `prompt` and `completion` per million tokens.

    Raises:
        MissingInputError: there is no such file.
        ConfigError: it is malformed.
    """
    remedy = 'write currency = "USD", and [models."name"] with prompt and completion, per million tokens'
    content = read_toml(path, remedy=remedy)
    currency, models = content.pop("currency", ""), content.pop("models", {})
    if content or not isinstance(currency, str) or not isinstance(models, dict):
        raise ConfigError(f"{named(path)}: not a file of prices\n  -> {remedy}")
    try:
        return Prices(currency[:10], tuple((name, Price.model_validate(price)) for name, price in models.items()))
    except ValidationError as error:
        raise ConfigError(f"{named(path)}: {error.errors()[0]['msg']}\n  -> {remedy}") from error


@dataclass(frozen=True)
class Spent:
    """Requests, tokens and money.

    Attributes:
        requests: number of answers.
        prompt_tokens: of the questions.
        completion_tokens: of the answers.
        money: of those with a price.
    """

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    money: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        """The sum of both."""
        return Spent(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.money + other.money,
        )

    def __sub__(self, other: Spent) -> Spent:
        """What remains of it without the other."""
        return self + Spent(-other.requests, -other.prompt_tokens, -other.completion_tokens, -other.money)


@dataclass(frozen=True)
class Budget:
    """Most that may be spent; None for no limit.

    Attributes:
        requests: number of answers.
        tokens: of questions and answers.
        money: in the currency of the prices.
    """

    requests: float | None = None
    tokens: float | None = None
    money: float | None = None

    def exceeded_by(self, spent: Spent) -> str | None:
        """The limit that so much exceeds, in words; None if it is within all."""
        tokens = spent.prompt_tokens + spent.completion_tokens
        for unit, limit, amount in zip(
            _UNITS, (self.requests, self.tokens, self.money), (spent.requests, tokens, spent.money), strict=True
        ):
            if limit is not None and amount > limit + 1e-9:
                return f"{unit} = {limit:,.10g}"
        return None


def parse_budget(texts: Iterable[str]) -> Budget:
    """Parse `requests=2000`, `tokens=1e6` and `money=5`.

    Raises:
        ConfigError: a text has another form, or a unit is repeated.
    """
    limits: dict[str, float] = {}
    for text in texts:
        unit, _, number = text.partition("=")
        try:
            limit = float(number)
        except ValueError:
            limit = float("nan")
        if unit not in _UNITS or not 0 <= limit < float("inf"):
            raise ConfigError(f"--budget {quoted(text)}: no limit\n  -> requests=2000, tokens=1e6, or money=5")
        if unit in limits:
            raise ConfigError(f"--budget {quoted(text)}: {unit} was given before\n  -> give it once")
        limits[unit] = limit
    return Budget(**limits)
