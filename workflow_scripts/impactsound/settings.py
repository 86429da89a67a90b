"""The check of the workflow's config, before any DAG is built: one line that names the key at fault."""

import difflib
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import yaml

from impactsound.errors import InputError


def check(config: Mapping, schema_path: Path, name: str = "config") -> None:
    """Raise an InputError unless the config, of this name, fits the schema.

    The message names the key, what is wrong with it, and for an unknown key the one that was probably meant.
    """
    schema = yaml.safe_load(schema_path.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    error = jsonschema.exceptions.best_match(validator.iter_errors(dict(config)))
    if error is not None:
        raise InputError(f"{name}: {_explain(error)}")


def _explain(error: jsonschema.ValidationError) -> str:
    key = ".".join(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = next(name for name in error.instance if name not in known)
        close = difflib.get_close_matches(str(unknown), known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
        return f"unknown key {'.'.join(filter(None, [key, str(unknown)]))!r}; {hint}"
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return f"key {'.'.join(filter(None, [key, missing]))!r} is missing"
    if error.validator == "not":
        return f"{key} = {error.instance!r} is reserved"
    return f"{key} = {error.instance!r}: {' '.join(error.message.split())}"
