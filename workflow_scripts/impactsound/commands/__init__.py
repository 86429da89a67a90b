"""The command `impactsound`: sound for your own footage, without a word of Snakemake."""

import argparse
import logging
import sys
from collections.abc import Sequence

from impactsound.commands import dub, pack, studio
from impactsound.commands.line import one_line
from impactsound.errors import InputError

COMMANDS = {"dub": dub, "studio": studio, "pack": pack}


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message: str):
        """End with status 2."""
        self.exit(2, f"{self.prog}: error: {one_line(message)}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """What is understood, and said by `--help`."""
    made = Parser(
        "impactsound",
        description="Put impact sounds on silent video, and edit every hit by its physics.",
        epilog="The model is that in results/<corpus>/model (make demo trains one), or any that --model names.",
    )
    commands = made.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        command.add(commands.add_parser(name, help=command.__doc__.splitlines()[0], description=command.__doc__))
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status: 1 where the input is at fault, which one line says."""
    given = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    try:
        print(one_line(given.run(given)))
    except (InputError, OSError) as error:  # OSError: a full disk, a folder that may not be written, a name too long
        print(f"impactsound: error: {one_line(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("impactsound: interrupted; nothing was written", file=sys.stderr)
        return 130
    return 0
