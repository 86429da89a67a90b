"""Which model a command is to use."""

from pathlib import Path

from impactsound.errors import InputError

TRAINED = "results/*/model/model.json"


def add_model(parser) -> None:
    """The option that names a model, and the one that names a device."""
    parser.add_argument(
        "--model",
        type=Path,
        metavar="DIR",
        help="a directory that `impactsound pack` wrote, or results/<corpus>/model; by default the one in ./results",
    )
    parser.add_argument("--device", default=None, help="cpu, cuda, ...; by default a GPU if there is one")


def find_model(given: Path | None) -> Path:
    """The directory given, or that of the one corpus in `results/` that a model was trained on.

    Raises:
        InputError: if there is none, or more than one to choose from.
    """
    if given is not None:
        return given
    found = sorted(path.parent for path in Path().glob(TRAINED))
    if not found:
        raise InputError("no model in ./results; train one (make demo), or name its directory by --model")
    if len(found) > 1:
        raise InputError(f"./results has several models; choose one by --model: {', '.join(map(str, found))}")
    return found[0]


def find_device(given: str | None) -> str:
    """The device given, or the GPU, or the CPU.

    Raises:
        InputError: if torch knows no such device here.
    """
    import torch

    if given is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=given).cpu()  # of "meta" there is nothing to be had
    except Exception as error:  # every backend has its own
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"--device {given}: not to be had here ({reason})") from error
    return given


def beside(video: Path, ending: str) -> Path:
    """A file beside a video that is called after it.

    Raises:
        InputError: if what is given as a video has no name of its own, as `.` has not.
    """
    if not video.name:
        raise InputError(f"{video}: is no video; give a file")
    return video.with_name(f"{video.stem}{ending}")
