"""A model packed to be shared: its files, and a card that says what it is, how good and for what."""

import shutil
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from impactsound.dubbing.bank import read as read_bank
from impactsound.dubbing.model import Model, digest, whole_directory
from impactsound.dubbing.settings import BANK, WEIGHTS, Settings, read_settings
from impactsound.errors import InputError
from impactsound.evaluation import tables

CARD = "README.md"
HERE = Path(__file__).parent
HOLDS = {
    "model.json": "the corpus's labels, the settings and the reach of the bank",
    BANK: "of every training impact the visual latent, the material, modes and noise bands",
    WEIGHTS["vision"]: "the visual encoder",
    WEIGHTS["onset"]: "the detector of hits",
    WEIGHTS["network"]: "the denoiser",
    WEIGHTS["residual"]: "the residual encoder, whose noise the bands are of",
}
# tables of the corpus: caption, and the column of which the model's rows are taken, or none for all
TABLES = {
    "comparison": (
        "Sounds of test clips, beside the real ones and those of their matches: distances to real sounds (fid, kid, "
        "kad, kl: less is better), and how often a classifier of real sounds names the material that was struck.",
        "system",
    ),
    "accuracy": ("That share with its 95 % interval over videos, beside that of the commonest material.", "system"),
    "onsets": ("Hits found in test videos, by how near a found one must be (s).", None),
}
BESIDE = ("real", "retrieval")  # rows that the model's are shown with


def pack(model: str | Path, results: str | Path | None, out: str | Path) -> None:
    """Copy a model and add its card.

    Args:
        results: the folder of the corpus in `results/`, whose tables the card has; or None.
        out: the directory to be made.

    Raises:
        InputError: if `model` is no whole model, or `out` is there already.
    """
    settings = read_settings(model)
    if Path(out).exists():
        raise InputError(f"{out}: is there already; give another name, or remove it first")
    Model.load(model)  # what is damaged is not given away, nor a file that is none of a model
    with whole_directory(out) as partial:
        for name in settings.files:
            shutil.copyfile(Path(model) / name, partial / name)
        (partial / CARD).write_text(card(model, results, Path(out).name), encoding="utf-8")


def card(model: str | Path, results: str | Path | None, name: str) -> str:
    """The card of a model, in Markdown.

    Args:
        name: of the directory that it will be in.
    """
    settings = read_settings(model)
    pages = Environment(loader=FileSystemLoader(HERE), undefined=StrictUndefined, keep_trailing_newline=True)
    return pages.get_template("card.md.j2").render(
        vars(settings),
        directory=name,
        id=digest(model),
        reach=f"{settings.reach:.4g}",
        entries=len(read_bank(Path(model) / BANK).clips),
        sampled=settings.system.trained,
        simulated=settings.kind == "simulated",
        tables=_tables(settings, results),
        files=[(file, HOLDS[file]) for file in settings.files],
    )


def _tables(settings: Settings, results: str | Path | None) -> list[tuple[str, str]]:
    """Captions and tables in Markdown, of what the corpus's tables say of the model."""
    found = []
    for name, (caption, column) in TABLES.items():
        path = Path(results or "") / "tables" / f"{name}.csv"
        if results is None or not path.is_file():
            continue
        table = tables.read(path)
        if column is not None:
            table = table[table[column].isin([*BESIDE, settings.name])]
        if len(table):
            found.append((caption, _markdown(table)))
    return found


def _markdown(table: pd.DataFrame) -> str:
    return table.to_markdown(index=False, disable_numparse=True) + "\n"
