"""Shards: a stage that works clip by clip, or video by video, done in several jobs of which each has its share.

A share is a run of neighbours, so that the shares one after another are the whole in its order.
"""

from collections.abc import Sequence
from typing import TypeVar

from impactsound.errors import InputError

Items = TypeVar("Items", bound=Sequence)


def share(items: Items, shard: Sequence[int], what: str = "clips") -> Items:
    """The shard's items.

    Args:
        shard: its number, from 0, and how many there are.
        what: the items' name, for the error.

    Raises:
        InputError: if there are fewer items than shards.

    >>> [share("abcde", (shard, 2)) for shard in range(2)]
    ['ab', 'cde']
    """
    number, shards = shard
    if len(items) < shards:
        raise InputError(f"config: shards = {shards}, and there are {len(items)} {what}; ask for fewer")
    return items[len(items) * number // shards : len(items) * (number + 1) // shards]
