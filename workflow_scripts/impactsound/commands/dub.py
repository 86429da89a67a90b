"""Put sound on a video: find its hits, and give each the sound of the thing that it looks like.

The picture is copied as it is. Beside the output are written the sound alone (.wav), the hits with all of their physics
(.hits.json, which is what one edits), and the sounds of the hits (.hits.h5), from which a later run takes those that
an edit has not changed.
"""

import argparse
from pathlib import Path

from impactsound.commands.trained import add_model, beside, find_device, find_model


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("video", type=Path, help="the video, of any kind that ffmpeg reads")
    parser.add_argument("-o", "--output", type=Path, help="where to write it; by default VIDEO_dubbed.mp4 beside it")
    add_model(parser)
    parser.add_argument(
        "--times",
        metavar="TIMES",
        help="when the hits are, in seconds: numbers with commas between them, a .csv or a .txt; by default "
        "VIDEO_times.txt if there is one, else they are looked for",
    )
    parser.add_argument(
        "--edits",
        type=Path,
        metavar="FILE",
        help="edits of the hits: what the studio exported, or a .hits.json edited by hand",
    )
    parser.add_argument(
        "--sound",
        choices=("replace", "mix", "keep"),
        default="replace",
        help="the video's own sound: replace it, mix ours into it, or keep it as a track of its own (default: replace)",
    )
    parser.add_argument(
        "--loudness",
        type=float,
        metavar="LUFS",
        help="integrated loudness of our sound, e.g. -23; by default hits peak at -6 dB",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="write over an output that is not of this video, or whose edits would be lost",
    )
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> str:
    """Dub a video; says what was done."""
    from impactsound.dubbing.dub import Wishes, dub
    from impactsound.dubbing.model import Model

    output = given.output or beside(given.video, "_dubbed.mp4")
    wishes = Wishes(given.times, given.edits, given.sound, given.loudness, given.overwrite)
    model = Model.load(find_model(given.model), find_device(given.device))
    return str(dub(given.video, output, model, wishes))
