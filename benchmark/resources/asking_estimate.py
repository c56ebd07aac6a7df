"""What the runs of a plan would ask language models, and what that would cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mnerbench.benchmark.planning.job import Job
from mnerbench.benchmark.resources.local import LocalResources
from mnerbench.datasets.chat.address import server_address, shown_address
from mnerbench.datasets.chat.budget import Prices
from mnerbench.datasets.chat.request import PICTURE_TOKENS
from mnerbench.datasets.corpus import Example
from mnerbench.datasets.errors import MissingInputError
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.datasets.subsets import training_tweets
from mnerbench.datasets.visual.inputs import VisualInputs
from mnerbench.methods.base.family import PromptedMethod
from mnerbench.methods.registry import method_class, methods

_HALF_TOKENS = 50  # of a question for the second half of a tweet, and at most of its answer
_SAMPLE = 200  # tweets of a split whose questions are built, and training tweets whose answers are


@dataclass(frozen=True)
class AskingEstimate:
    """The questions of a method on a dataset, all seeds together; those with a stored answer are included.

    Attributes:
        method: its name.
        dataset: its name.
        model: that is asked.
        requests: number of questions.
        prompt_tokens: of the questions; a token has about four characters.
        completion_tokens: of answers as long as the gold ones.
        pictures: of these questions, those with a picture.
    """

    method: str
    dataset: str
    model: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    pictures: int


def estimate_asking(jobs: Iterable[Job], resources: LocalResources) -> list[AskingEstimate]:
    """Estimate the questions of runs, by method, dataset and model."""
    totals: dict[tuple[str, str, str], AskingEstimate] = {}
    for job in jobs:
        family = methods().family(job.spec.family)
        if family.is_prompted:
            config = family.config.model_validate(job.spec.config)
            part = _of_run(method_class(family)(config), job, resources)
            key = part.method, part.dataset, part.model
            totals[key] = _sum(totals[key], part) if key in totals else part
    return list(totals.values())


def asking_lines(jobs: Iterable[Job], resources: LocalResources, prices: Prices) -> list[str]:
    """Say what would be sent where, in a line per method and dataset; empty without such methods."""
    lines = []
    for item in estimate_asking(jobs, resources):
        prompt, completion = (_rounded(number) for number in (item.prompt_tokens, item.completion_tokens))
        money = prices.of(item.model, item.prompt_tokens, item.completion_tokens)
        cost = f", about {money:,.2f} {prices.currency}".rstrip() if money is not None else ""
        shown = f", {item.pictures:,} of them with a picture" if item.pictures else ""
        to = f"sends tweets to {shown_address(server_address())}, model {item.model}"
        amounts = f"at most {item.requests:,} requests{shown}, about {prompt} tokens of questions and {completion}"
        lines.append(f"{item.method} on {item.dataset} {to}: {amounts} of answers{cost}")
    return lines


def _of_run(method: PromptedMethod, job: Job, resources: LocalResources) -> AskingEstimate:
    spec, requests, tokens, pictures, answers = job.spec, 0, 0.0, 0, 0.0
    train = training_tweets(resources.tweets(spec.dataset)["train"], spec.dataset.train_tweets, spec.seed)
    method.draw_examples(train, spec.dataset.types, VisualInputs(), spec.seed, {})
    expected = _mean([len(method.expected_answer(tweet)) / 4 for tweet in train[:_SAMPLE]])
    sees, in_each = InputKind.PICTURE in method.config.inputs, 1 + method.example_pictures
    for data, name in spec.tests.values():
        tweets = resources.tweets(data)[name]
        inputs = _inputs(resources, job) if data == spec.dataset else VisualInputs()
        each = _mean([method.request(tweet, tweet.image_id, inputs).estimated_tokens for tweet in tweets[:_SAMPLE]])
        halved = min(resources.paths.chat.recall, len(tweets))  # asked for the second halves of tweets
        requests, tokens, answers = requests + halved, tokens + halved * _HALF_TOKENS, answers + halved * _HALF_TOKENS
        for view in method.config.evaluation_views if spec.diagnosis else (method.config.primary_view,):
            shown = _with_picture(tweets, view) if sees else 0
            requests, pictures = requests + len(tweets), pictures + shown
            tokens, answers = (
                tokens + len(tweets) * each + shown * in_each * PICTURE_TOKENS,
                answers + len(tweets) * expected,
            )
    model = str(method.config.asked_model)
    return AskingEstimate(spec.method, spec.dataset.title, model, requests, round(tokens), round(answers), pictures)


def _inputs(resources: LocalResources, job: Job) -> VisualInputs:
    """The texts of a dataset's pictures, without the pictures; none if they are still to be made."""
    try:
        inputs = resources.inputs(job.spec.dataset)
    except MissingInputError:
        return VisualInputs()
    return VisualInputs(inputs.texts, inputs.tags)


def _with_picture(tweets: Sequence[Example], view: View) -> int:
    if view is View.T:
        return 0
    return len(tweets) if view is View.IT_BLANK else sum(bool(tweet.image_ids) for tweet in tweets)


def _sum(a: AskingEstimate, b: AskingEstimate) -> AskingEstimate:
    prompt, completion = a.prompt_tokens + b.prompt_tokens, a.completion_tokens + b.completion_tokens
    requests, pictures = a.requests + b.requests, a.pictures + b.pictures
    return AskingEstimate(a.method, a.dataset, a.model, requests, prompt, completion, pictures)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _rounded(number: int) -> str:
    """`1.2 M`, `35 k` or `120`."""
    if number >= 1_000_000:
        return f"{number / 1e6:.1f} M"
    return f"{number / 1000:.0f} k" if number >= 10_000 else f"{number:,}"
