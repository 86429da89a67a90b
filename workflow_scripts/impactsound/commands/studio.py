"""Write a page on which a video's hits are heard, seen and edited: one file, for any browser.

What it saves is given to `impactsound dub --edits`. Where the video has been dubbed, the page begins with those hits
and their edits, and plays that sound, too.
"""

import argparse
from pathlib import Path

from impactsound.commands.trained import add_model, beside, find_device, find_model
from impactsound.errors import InputError


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("video", type=Path, help="the video, not yet dubbed")
    parser.add_argument("-o", "--output", type=Path, help="where to write it; by default VIDEO_studio.html beside it")
    add_model(parser)
    parser.add_argument("--dubbed", type=Path, help="the video dubbed; by default VIDEO_dubbed.mp4 if it is there")
    parser.add_argument("--times", metavar="TIMES", help="when the hits are, as for `impactsound dub`")
    parser.add_argument("--edits", type=Path, metavar="FILE", help="edits to begin with, as for `impactsound dub`")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> str:
    """Write the studio's page of a video; says where."""
    from impactsound.dubbing.dub import dubbed_hits
    from impactsound.dubbing.hits import read_edits
    from impactsound.dubbing.model import Model
    from impactsound.dubbing.seen import duration_of, hits_of
    from impactsound.studio import write_page

    output = given.output or beside(given.video, "_studio.html")
    if output.suffix.lower() != ".html":
        raise InputError(f"{output}: is no name of a page; let it end in .html")
    duration_of(given.video)  # first of all it has to be a video that ends
    model = Model.load(find_model(given.model), find_device(given.device))
    dubbed = given.dubbed or beside(given.video, "_dubbed.mp4")
    hits = None if given.times else dubbed_hits(dubbed, given.video, model)
    track = dubbed.with_suffix(".wav") if hits is not None else None
    if hits is None:
        hits, _ = hits_of(given.video, model, given.times)
    if given.edits:
        hits = read_edits(given.edits, hits, model.bank.clips)
    named = {clip for hit in hits.hits for clip in (hit.matched, *hit.others.values(), hit.entry(hits.edit(hit)))}
    entries = {clip: _entry(clip, model) for clip in sorted(named)}
    write_page(output, given.video, hits.to_json(), entries, model.renderer.noise.numpy(), track)
    return f"{output}: open it in a browser"


def _entry(clip: str, model) -> dict:
    """An entry of the model's bank as the page has it."""
    return {"material": str(model.bank.material[model.bank.row(clip)]), **model.bank.physics_of(clip).to_json()}
