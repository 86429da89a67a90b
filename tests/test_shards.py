"""The shares of the shards, one after another, are the whole."""

import pytest

from impactsound.errors import InputError
from impactsound.shards import share


@pytest.mark.parametrize("n", [7, 8, 100])
@pytest.mark.parametrize("shards", [1, 2, 7])
def test_shares_are_the_whole_in_its_order_and_of_nearly_one_length(n, shards):
    items = list(range(n))
    parts = [share(items, (number, shards)) for number in range(shards)]
    assert [item for part in parts for item in part] == items
    assert {len(part) for part in parts} <= {n // shards, n // shards + 1}


def test_more_shards_than_items_are_one_line():
    with pytest.raises(InputError, match="shards = 4, and there are 3 videos; ask for fewer"):
        share([1, 2, 3], (0, 4), "videos")
