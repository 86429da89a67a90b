"""The check of the workflow's config, before any DAG is built: one line that names the key at fault."""

import difflib
import math
import reprlib
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import yaml

from impactsound.errors import InputError

MOST, DEEPEST = 100_000, 50  # values and levels of a config; the aliases of YAML can make it endless


def check(config: Mapping, schema_path: Path, name: str = "config") -> None:
    """Raise an InputError unless the config, of this name, fits the schema.

    The message names the key, what is wrong with it, and for an unknown key the one that was probably meant.
    """
    _check_finite(config, name)
    schema = yaml.safe_load(schema_path.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    error = jsonschema.exceptions.best_match(validator.iter_errors(dict(config)))
    if error is not None:
        raise InputError(f"{name}: {_explain(error)}")


def _check_finite(config: object, name: str) -> None:
    """Raise an InputError unless a config is keys and values, no more than one writes, and every number is one."""
    if not isinstance(config, Mapping):
        raise InputError(f"{name}: is {reprlib.repr(config)}; write keys and values")
    todo, seen = [((), config)], 0
    while todo:
        path, value = todo.pop()
        seen += 1
        if seen > MOST or len(path) > DEEPEST:
            raise InputError(f"{name}: {_key(path[:1])} has too many values; write fewer, and no alias within itself")
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{name}: {_key(path)} = {value}: give a finite number")
        if isinstance(value, Mapping):
            todo += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            todo += [((*path, place), inner) for place, inner in enumerate(value)]


def _explain(error: jsonschema.ValidationError) -> str:
    key = _key(error.absolute_path)
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = next(name for name in error.instance if name not in known)
        close = difflib.get_close_matches(str(unknown), known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
        return f"unknown key {_key([*error.absolute_path, unknown])!r}; {hint}"
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return f"key {_key([*error.absolute_path, missing])!r} is missing"
    if error.validator == "not":
        return f"{key} = {reprlib.repr(error.instance)} is reserved"
    return f"{key} = {reprlib.repr(error.instance)}: {' '.join(error.message.split())[:200]}"


def _key(path) -> str:
    """A key as it is written with dots, on one line."""
    parts = (str(part)[:80] for part in path)
    return ".".join(part if part.isprintable() else repr(part) for part in parts)
