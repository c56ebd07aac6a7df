"""The class of every verb."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import click


class Verb(click.Command):
    """A verb that refuses an option given twice, of which click silently keeps the last value."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments of the verb.

        Raises:
            MistypedError: an option that takes one value is given more than once.
        """
        order: list[click.Parameter] = []
        with suppress(click.UsageError):  # raised again below
            _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for option, times in Counter(order).items():
            single = isinstance(option, click.Option) and not (option.multiple or option.count or option.is_flag)
            if single and times > 1 and not ctx.resilient_parsing:
                from mnerbench.benchmark.cli.suggestions import repeated_option

                raise repeated_option(option.opts, args, ctx.command_path)
        return super().parse_args(ctx, args)
