"""A digest of the code that a rule runs: its script and the package modules that it imports, directly or not.

Snakemake sees the script of a rule but not what the script imports; given as a param, this digest makes a
job rerun when that code changes, and only then. Standard library only: it runs whenever a DAG is built.
"""

import ast
import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path

PACKAGE = "impactsound"


def code_digest(script: Path, *modules: str) -> str:
    """Sixteen hex digits for the script and every package module it reaches.

    Args:
        modules: dotted names of what the script imports by a name that it is given, which no import statement shows.
    """
    root = script.parent
    total = hashlib.sha256()
    for path in sorted(reached(script, root, modules)):
        total.update(f"{path.relative_to(root)}\0{_parsed(path)[0]}\0".encode())
    return total.hexdigest()[:16]


def reached(script: Path, root: Path, modules: Iterable[str] = ()) -> set[Path]:
    """The script, the modules under `root` that it imports, those that they import, and so on."""
    found, todo = set(), [script, *_all_files(modules, root)]
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            todo += _all_files(_parsed(path)[1], root)
    return found


def _all_files(names: Iterable[str], root: Path) -> list[Path]:
    return [file for name in names for file in _files(name, root)]


@functools.cache
def _parsed(path: Path) -> tuple[str, frozenset[str]]:
    """The file's sha256 and the dotted names it imports from the package, wherever in the file they stand."""
    text = path.read_bytes()
    names = set()
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text, filename=str(path))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
    names = {name for name in names if name.split(".")[0] == PACKAGE}
    return hashlib.sha256(text).hexdigest(), frozenset(names)


def _files(name: str, root: Path) -> list[Path]:
    """The files that importing a dotted name runs: the module itself and every package above it.

    Templates that lie beside a module (`*.j2`) belong to it.
    """
    files = []
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:depth])
        if place.with_suffix(".py").is_file():
            return [*files, place.with_suffix(".py"), *place.parent.glob(f"{place.name}*.j2")]
        if (place / "__init__.py").is_file():
            files.append(place / "__init__.py")
    return files
