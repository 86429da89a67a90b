"""Variants of a corpus: the same workflow with other settings, from the first stage on that they change.

A variant is a row of the config's table `variants`: sections of the config, of which single keys are replaced. What it
makes anew lies in `results/<corpus>/variants/<variant>/`; what comes before is the corpus's own.
"""

import functools
from collections.abc import Mapping

from impactsound.errors import InputError

# What a variant may have of its own: each file, or folder of files, by the sections of the config that it is made with
# and by the files that it is made from. Whatever is not listed is the corpus's.
STAGES = {
    "splits": (("left_out",), ()),
    "disturbed.h5": (("recording",), ()),
    "modes.h5": (("modes",), ("disturbed.h5",)),
    "slots.h5": ((), ("modes.h5",)),
    "features.h5": ((), ("disturbed.h5",)),
    "residual": (("residual",), ("splits", "disturbed.h5", "modes.h5")),
    "residual.h5": ((), ("residual",)),
    "rendered.h5": ((), ("residual",)),
    "vision": (("vision",), ("splits",)),
    "visual.h5": ((), ("vision",)),
    "onset": (("onset",), ("splits", "vision")),
    "embedding": (("embedding",), ("splits", "visual.h5", "features.h5")),
    "embedding.h5": ((), ("embedding",)),
    "matches.h5": (("bank",), ("splits", "visual.h5", "embedding.h5")),
    "networks": (
        ("diffusion", "convnet", "transformer", "regressor"),
        ("splits", "disturbed.h5", "slots.h5", "features.h5", "residual.h5", "rendered.h5", "visual.h5"),
    ),
    "generated": (("sampling",), ("networks", "matches.h5")),
}
SECTIONS = {section for sections, _ in STAGES.values() for section in sections}


class Variants:
    """The variants that a config lists.

    Raises:
        InputError: naming the variant that changes a section of the config that no variant can.
    """

    def __init__(self, config: Mapping):
        self.config, self.corpus = config, config["corpus"]["name"]
        self.changes = config["variants"]
        for name, changes in self.changes.items():
            for section in changes:
                if section not in SECTIONS:
                    raise InputError(
                        f"config: variants.{name}.{section} cannot vary; {', '.join(sorted(SECTIONS))} can"
                    )

    @property
    def names(self) -> list[str]:
        """What the variants are called."""
        return list(self.changes)

    def folder(self, variant: str) -> str:
        """The folder of a variant in `results/`; of none, that of the corpus.

        Raises:
            InputError: if there is no variant of that name.
        """
        if variant and variant not in self.changes:
            raise InputError(f"config: no variant {variant!r} is listed under `variants`")
        return f"{self.corpus}/variants/{variant}" if variant else self.corpus

    def settings(self, folder: str) -> dict:
        """The config as the variant of a folder has it."""
        changes = self.changes.get(self._variant(folder), {})
        return {**self.config, **{section: _merged(self.config[section], keys) for section, keys in changes.items()}}

    def disturbed(self, folder: str) -> bool:
        """Whether the recordings that are learned from are disturbed."""
        return any(value is not None for value in self.settings(folder)["recording"].values())

    def home(self, folder: str, file: str) -> str:
        """The folder in which a variant finds a file: its own, or that of the corpus."""
        variant = self._variant(folder)
        return folder if variant and self._own(variant, file.split("/")[0]) else self.corpus

    def _variant(self, folder: str) -> str:
        return folder.removeprefix(f"{self.corpus}/variants/") if "/" in folder else ""

    @functools.cache  # noqa: B019 (as many as there are variants and stages, and one object)
    def _own(self, variant: str, stage: str) -> bool:
        if stage not in STAGES:
            return False
        sections, sources = STAGES[stage]
        return bool(self.changes[variant].keys() & set(sections)) or any(self._own(variant, one) for one in sources)


def _merged(settings: Mapping, changes: Mapping) -> dict:
    """The settings with single keys replaced, at any depth."""
    nested = {
        key: _merged(settings[key], value)
        if isinstance(settings.get(key), Mapping) and isinstance(value, Mapping)
        else value
        for key, value in changes.items()
    }
    return {**settings, **nested}
