"""Random draws that depend on what they are for, never on when or in which batch they are made."""

import hashlib

import torch


def seed_of(*parts: object) -> int:
    """A 63-bit seed from e.g. (config seed, stage, clip id); the same parts always give the same seed."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(*parts: object, device: str = "cpu") -> torch.Generator:
    """A torch generator seeded by `seed_of(*parts)`."""
    return torch.Generator(device=device).manual_seed(seed_of(*parts))


def normal(shape: tuple[int, ...], keys: list[str], *parts: object) -> torch.Tensor:
    """Standard normal noise, one draw a key, so that a clip's noise does not depend on its batch.

    Shape:
        - Output: `[len(keys), *shape]`
    """
    return torch.stack([torch.randn(shape, generator=generator(*parts, key)) for key in keys])
