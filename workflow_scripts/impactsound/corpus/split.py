"""Which videos are trained on, validated on and tested on: whole videos, drawn by their names."""

from collections.abc import Mapping

from impactsound.seeds import seed_of


def draw(
    material: Mapping[str, str], given: Mapping[str, str], shares: Mapping[str, float], seed: int
) -> dict[str, str]:
    """The split of every video, the same whatever the order in which they are given.

    Videos are drawn out of "train" for each share in turn, within each material, so that a material of
    few videos is in every split it can be in: each share takes at least one video of a material and
    always leaves one. Where that leaves a split empty, it takes one video of the commonest material.

    Args:
        material: main material of every video.
        given: split of the videos that the corpus assigns; "" or absence means "train", to be drawn from.
        shares: e.g. {"test": 0.2, "validation": 0.1}: parts of all the videos that are drawn from.
        seed: the same seed gives the same draw.

    Example:
        >>> split = draw(dict.fromkeys("abcdefghij", "wood"), {}, {"test": 0.3, "validation": 0.1}, seed=0)
        >>> [list(split.values()).count(place) for place in ("train", "validation", "test")]
        [6, 1, 3]
    """
    split = {name: given.get(name) or "train" for name in sorted(material)}
    drawn_from = [name for name in split if split[name] == "train"]
    order = sorted(drawn_from, key=lambda name: seed_of(seed, "split", name))
    size = {kind: sum(material[name] == kind for name in order) for kind in set(material.values())}
    for place, share in shares.items():
        for kind in sorted(size):
            left = [name for name in order if split[name] == "train" and material[name] == kind]
            take = min(max(round(share * size[kind]), 1), len(left) - 1) if share > 0 else 0
            split.update(dict.fromkeys(left[: max(take, 0)], place))
    for place, share in shares.items():
        left = [name for name in order if split[name] == "train"]
        if share > 0 and place not in split.values() and len(left) > 1:
            split[max(left, key=lambda name: size[material[name]])] = place
    return split
