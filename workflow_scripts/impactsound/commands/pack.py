"""Copy a trained model into one directory that can be given away, with a card that says what it is."""

import argparse
from pathlib import Path

from impactsound.commands.trained import find_model


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("output", type=Path, help="the directory to write; it must not be there yet")
    parser.add_argument(
        "--model", type=Path, metavar="DIR", help="results/<corpus>/model; by default the one in ./results"
    )
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> str:
    """Pack a model; says how to use it."""
    from impactsound.dubbing.card import pack

    model = find_model(given.model)
    pack(model, model.parent, given.output)
    return f"{given.output}: use it by `impactsound dub clip.mp4 --model {given.output}`"
