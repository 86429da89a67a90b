"""The picture of the simulated corpus: a thing on a table, and a drumstick that strikes it.

One camera for all videos, looking down at an angle, so that a larger thing looks larger. Lengths are to
scale, but for thickness, which is drawn EDGE times as thick: a pixel is several millimetres.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from impactsound.corpus.looks import surface, texture
from impactsound.corpus.things import Thing

VIEW = (0.54, 0.405)  # m of the table that are in view, at least: along x, along y
TILT = 0.77  # how much of a length away from the camera is seen
RISE = 0.64  # how much of a height is seen
CENTRE = 0.58  # place of the table's middle, from the top of the picture
EDGE = 3.0
STICK = np.array([0.20, -0.10, 0.24])  # m from the tip to the stick's other end: right, away, up
STICK_RADIUS = 0.006  # m
TIP_RADIUS = 0.011  # m; drawn larger than it is, to be seen
SHADOW = 0.012  # m, the blur of the tip's shadow where it touches
CAMERA_NOISE = 0.006


@dataclass(frozen=True)
class Camera:
    """A picture's size in pixels, and the places on the table that its pixels see."""

    width: int
    height: int

    @property
    def scale(self) -> float:
        """Pixels per metre across the picture."""
        return min(self.width / VIEW[0], self.height / VIEW[1])

    def pixels(self) -> tuple[np.ndarray, np.ndarray]:
        """Column and row of every pixel's centre, each `[height, width]`."""
        row, column = np.indices((self.height, self.width), dtype=np.float32) + np.float32(0.5)
        return column, row

    def project(self, place: np.ndarray) -> np.ndarray:
        """Column and row, `[..., 2]`, of places `[..., 3]`: right, towards the camera and up, in m."""
        right, near, up = np.moveaxis(place, -1, 0)
        return np.stack(
            [
                self.width / 2 + self.scale * right,
                CENTRE * self.height + self.scale * (TILT * near - RISE * up),
            ],
            axis=-1,
        )


class Scene:
    """What stands still in a video: the table, the light and the thing on it, `self.still` in RGB 0 to 1."""

    def __init__(self, thing: Thing, camera: Camera, rng: np.random.Generator):
        self.camera, self.rng = camera, rng
        self.angle = rng.uniform(-0.35, 0.35)
        self.offset = rng.uniform(-0.02, 0.02, 2)
        self.stick_colour = np.array([0.85, 0.70, 0.48]) * rng.uniform(0.85, 1.05)
        self.column, self.row = camera.pixels()
        right = (self.column - camera.width / 2) / camera.scale
        near = (self.row - CENTRE * camera.height) / (camera.scale * TILT)
        table = self._table(right, near)
        edge = EDGE * thing.body.thickness * RISE * camera.scale  # pixels
        along, across = self._onto(right, near)
        look = surface(thing.material, rng, along, across, table)
        top = self._cover(thing, right, near)
        drops = np.linspace(0, edge, 2 + int(edge))
        side = np.max([self._cover(thing, right, near - drop / (camera.scale * TILT)) for drop in drops], 0)
        shadow = self._cover(thing, right - 0.008, near - (edge + 2) / (camera.scale * TILT), soft=0.012)
        picture = table * (1 - 0.35 * shadow[..., None])
        picture = _blend(picture, 0.55 * look.mean((0, 1)), side)
        if thing.shape == "membrane":
            hoop = self._cover(thing, right, near, grow=0.012)
            picture = _blend(picture, np.array([0.30, 0.22, 0.15]), hoop)
        picture = _blend(picture, look, top)
        light = rng.uniform(0.85, 1.1) + rng.uniform(-0.25, 0.25) * right + rng.uniform(-0.25, 0.25) * near
        self.still = (picture * light[..., None] * rng.uniform(0.97, 1.03, 3)).clip(0, 1).astype(np.float32)

    def _table(self, right: np.ndarray, near: np.ndarray) -> np.ndarray:
        tone = self.rng.uniform(0.25, 0.6) + self.rng.uniform(-0.06, 0.06, 3)
        rough = 0.04 * texture(self.rng, right, near, (0.05, 0.03)) + 0.03 * texture(
            self.rng, right, near, (0.01, 0.01)
        )
        return tone * (1 + rough[..., None])

    def _onto(self, right: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places on the thing, along and across it in m, of places on the table."""
        x, y = right - self.offset[0], near - self.offset[1]
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return cos * x + sin * y, cos * y - sin * x

    def _cover(
        self, thing: Thing, right: np.ndarray, near: np.ndarray, grow: float = 0.0, soft: float = 0.0
    ) -> np.ndarray:
        """Share of each place under the thing, 0 to 1, its outline `grow` m wider and `soft` m blurred."""
        along, across = self._onto(right, near)
        if thing.shape == "membrane":
            outside = np.hypot(along, across) - thing.body.radius
        else:
            sides = thing.extent
            outside = np.maximum(np.abs(along) - sides[0] / 2, np.abs(across) - sides[1] / 2)
        return np.clip(0.5 - (outside - grow) / max(soft, 1 / self.camera.scale), 0, 1)

    def above(self, place: np.ndarray, height: np.ndarray) -> np.ndarray:
        """Right, near and up, `[..., 3]`, of places `[..., 2]` on the thing at heights `[...]` over it."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        x = cos * place[..., 0] - sin * place[..., 1] + self.offset[0]
        y = sin * place[..., 0] + cos * place[..., 1] + self.offset[1]
        return np.stack([x, y, height], axis=-1)

    def frames(self, place: np.ndarray, height: np.ndarray) -> Iterator[np.ndarray]:
        """Frames, uint8 `[height, width, 3]`, from the tip's places `[frame, 2]` and heights `[frame]`."""
        for tip in self.above(place, height):
            picture = self._with_stick(tip)
            noise = self.rng.standard_normal(picture.shape[:2], dtype=np.float32)
            picture += np.float32(CAMERA_NOISE) * noise[..., None]
            picture *= 255
            picture += 0.5
            yield picture.clip(0, 255, out=picture).astype(np.uint8)

    def _with_stick(self, tip: np.ndarray) -> np.ndarray:
        scale = self.camera.scale
        foot = self.camera.project(tip * [1, 1, 0] + [0.3 * tip[2], 0, 0]).tolist()
        blur = float(SHADOW + 0.25 * tip[2])
        x, y = (self.column - foot[0]) / (scale * blur), (self.row - foot[1]) / (TILT * scale * blur)
        picture = self.still * (1 - 0.5 * SHADOW / blur * np.exp(-x * x - y * y))[..., None]
        lift = np.array([0, 0, TIP_RADIUS])  # the ball's lowest point is what touches
        start, end = self.camera.project(np.stack([tip + lift, tip + lift + STICK])).tolist()
        right, down = end[0] - start[0], end[1] - start[1]
        x, y = self.column - start[0], self.row - start[1]
        part = ((x * right + y * down) / (right**2 + down**2)).clip(0, 1)
        distance = np.hypot(x - part * right, y - part * down)
        rod = 0.5 + scale * STICK_RADIUS - distance
        ball = 0.5 + scale * TIP_RADIUS - np.hypot(x, y)
        cover = np.maximum(rod, ball).clip(0, 1)
        drawn = cover > 0
        rounded = 1.05 - 0.35 * (distance[drawn] / (scale * TIP_RADIUS)).clip(0, 1)
        picture[drawn] = _blend(picture[drawn], self.stick_colour * rounded[:, None], cover[drawn])
        return picture


def _blend(below: np.ndarray, above: np.ndarray, cover: np.ndarray) -> np.ndarray:
    return (below + (above - below) * cover[..., None]).astype(np.float32)
