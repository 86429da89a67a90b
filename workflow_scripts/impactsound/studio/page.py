"""The studio's page: one HTML file that holds a video, the priors of its hits and a renderer, and loads nothing."""

import base64
import hashlib
import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from impactsound.dubbing.edit import ABOUT
from impactsound.dubbing.physics import LONGEST, QUIET
from impactsound.errors import InputError
from impactsound.files import atomic
from impactsound.media.fade import FADE
from impactsound.physics.residual import NODE, RISE
from impactsound.studio.controls import Group, groups, limits
from impactsound.studio.preview import write_preview

PIECE = 3 << 20  # bytes of a file in one element; a browser's strings have an end
VIDEO, TRACK = "<!-- video -->", "<!-- track -->"  # where the files go, which are never held in memory


def write_page(
    path: str | Path,
    video_path: str | Path,
    hits: Mapping,
    entries: Mapping[str, Mapping],
    noise: np.ndarray,
    track_path: str | Path | None = None,
) -> None:
    """Write the page in which the hits of a video are edited.

    Args:
        hits: as `hits.json` has them ("impactsound hits/1").
        entries: `material`, `onset`, `modes` and `residual`, as a hit has them, of every bank entry that is named in
            the hits' `others`.
        noise: the noise bands of the window, which the residual is made of.
        track_path: a wav of the dubbed sound as it was last made, to be heard beside the edits.

    Shape:
        - noise: `[band, time]`

    Raises:
        InputError: if there is no hit, or the video cannot be read.
    """
    if not hits["hits"]:
        raise InputError(f"{video_path}: has no hits to edit; dub it with their times")
    text = render(hits, entries, noise)
    with atomic(path) as partial, tempfile.TemporaryDirectory(dir=partial.parent) as folder:
        preview = Path(folder) / "preview.mp4"
        write_preview(video_path, preview)
        before, rest = text.split(VIDEO)
        between, after = rest.split(TRACK)
        with partial.open("w", encoding="utf-8") as page:
            page.write(before)
            page.writelines(_elements("video", preview))
            page.write(between)
            page.writelines(_elements("track", track_path) if track_path else ())
            page.write(after)


def render(hits: Mapping, entries: Mapping[str, Mapping], noise: np.ndarray) -> str:
    """The page but for its files. Its policy lets no script run but its own, which is named by its hash."""
    page = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)
    script = page.get_template("page.js.j2").render()
    policy = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    most = max(len(priors["modes"]["power"]) for priors in [*hits["hits"], *entries.values()])
    sliders = groups(hits["duration"], most)
    return page.get_template("page.html.j2").render(
        name=hits["video"],
        command=f"impactsound dub {shlex.quote(hits['video'])} --edits edits.json",
        groups=sliders,
        data=shown(hits, entries, noise, sliders),
        script=Markup(script),
        policy=Markup(policy),
    )


def shown(
    hits: Mapping, entries: Mapping[str, Mapping], noise: np.ndarray, sliders: Sequence[Group]
) -> dict[str, object]:
    """What the page's script is given."""
    return {
        "dub": hits,
        "entries": entries,
        "noise": base64.b64encode(np.ascontiguousarray(noise, "<f4").tobytes()).decode(),
        "bands": len(noise),
        "window": noise.shape[1],
        "controls": [asdict(control) for group in sliders for control in group.controls],
        "limits": limits(hits["duration"]),
        "constants": {"node": NODE, "rise": RISE, "fade": FADE, "longest": LONGEST, "quiet": QUIET, "about": ABOUT},
    }


def _elements(name: str, path: str | Path) -> Iterator[str]:
    """A file as elements that hold it in base64, piece by piece."""
    with Path(path).open("rb") as file:
        while piece := file.read(PIECE):
            yield f'<script type="text/plain" class="{name}">{base64.b64encode(piece).decode()}</script>\n'
