"""The page of a listening study: one HTML file that holds its films and sounds, loads nothing and names no system."""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from impactsound.evaluation.listening import SIDES, Study


def render(study: Study) -> str:
    """The page. Its policy lets no script run but its own, which is named by its hash."""
    page = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)
    script = page.get_template("listening_page.js.j2").render()
    policy = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return page.get_template("listening_page.html.j2").render(
        study=shown(study), script=Markup(script), policy=Markup(policy)
    )


def shown(study: Study) -> dict[str, object]:
    """What the page's script is given: nothing that tells whose a sound is.

    Trials are in the order of their hashes, which says nothing of pairs; every listener gets an order of their own.
    """
    key = study.key.sort_values("item")
    films = {name: place for place, name in enumerate(dict.fromkeys(key["clip"]))}
    return {
        "id": study.id,
        "rate": study.rate,
        "films": [[_text(frame) for frame in study.films[name]] for name in films],
        "trials": [
            {
                "item": row["item"],
                "film": films[row["clip"]],
                "hit": round(study.hits[row["clip"]], 4),
                "sounds": {side: {"id": row[side], "wav": _text(study.wavs[row[side]])} for side in SIDES},
            }
            for row in key.to_dict("records")
        ],
    }


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
