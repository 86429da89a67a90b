"""Where the drumstick's tip is at every moment of a simulated video."""

import numpy as np

RESTITUTION = 0.5  # speed after the rebound over speed before
LIFT = (0.06, 0.02)  # m: height from which a strike comes, and what each m/s adds to it


def height(time: np.ndarray, onset: np.ndarray, speed: np.ndarray) -> np.ndarray:
    """Height of the tip above the surface in m, `[time]`: 0 at the onsets and only there.

    The tip comes down at the strike's speed and leaves at RESTITUTION of it, easing to rest at its lift.

    Args:
        time, onset: s. speed: m/s.

    Shape:
        - Input: `[time]`, `[hit]`, `[hit]`
    """
    since = time[:, None] - onset
    lift = LIFT[0] + LIFT[1] * speed
    pace = np.where(since < 0, speed, RESTITUTION * speed)
    return (lift * (1 - np.exp(-pace * np.abs(since) / lift))).min(axis=1)


def place(time: np.ndarray, onset: np.ndarray, point: np.ndarray) -> np.ndarray:
    """The tip's place over the object, m from its centre, `[time, 2]`: it moves on midway between strikes."""
    if len(onset) == 1:
        return np.repeat(point, len(time), axis=0)
    before = np.clip(np.searchsorted(onset, time, side="right") - 1, 0, len(onset) - 2)
    part = (time - onset[before]) / (onset[before + 1] - onset[before])
    eased = np.clip((part - 0.25) / 0.5, 0, 1)
    eased = (eased * eased * (3 - 2 * eased))[:, None]
    return (1 - eased) * point[before] + eased * point[before + 1]
