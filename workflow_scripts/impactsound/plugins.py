"""Parts that the config calls by name, a module each: kinds of corpora, networks and measures (docs/extending.md).

Which there are is known from the names of the files, whenever a DAG is built; a module is imported by the job alone
that needs it. Standard library only.
"""

import importlib
import pkgutil
from collections.abc import Iterable
from pathlib import Path

from impactsound.errors import InputError

CORPORA = "impactsound.corpus.kinds"
NETWORKS = "impactsound.diffusion.networks"
MEASURES = "impactsound.evaluation.measures"
PACKAGES = (CORPORA, NETWORKS, MEASURES)


def names(package: str) -> list[str]:
    """What there is in a package; modules that begin with `_` are help for the others.

    >>> {"convnet", "transformer"} <= set(names(NETWORKS))
    True
    """
    folder = Path(__file__).parents[1].joinpath(*package.split("."))
    return sorted(part.name for part in pkgutil.iter_modules([str(folder)]) if not part.name.startswith("_"))


def module(package: str, name: str, key: str, besides: Iterable[str] = ()) -> str:
    """The dotted name of a part's module.

    Args:
        key: the config's key that calls it by its name; besides: what else that key may say.

    Raises:
        InputError: if there is no such part.

    >>> module(NETWORKS, "convnet", "systems.mine.makes")
    'impactsound.diffusion.networks.convnet'
    """
    known = names(package)
    if name not in known:
        listed = ", ".join([*besides, *known])
        raise InputError(f"config: {key} = {name!r} is unknown; known are {listed}; docs/extending.md adds one")
    return f"{package}.{name}"


def load(package: str, name: str, key: str, what: str) -> object:
    """What the module of a part is there for: its function or class called `what`.

    Raises:
        InputError: if there is no such part, or it lacks that.
    """
    found = importlib.import_module(module(package, name, key))
    if not hasattr(found, what):
        raise InputError(f"{found.__file__}: has no {what!r}, which {key} needs; see docs/extending.md")
    return getattr(found, what)
