"""Judge edits: the change asked of the physics against the change heard in the sounds that systems make of it.

The physics of a match that is blended of several is that of the nearest.
"""

import torch

from impactsound.config import Clip
from impactsound.corpus.selection import clips_of
from impactsound.diffusion.build import load
from impactsound.diffusion.edited import REMADE, Priors, edited_sounds, read_priors
from impactsound.diffusion.told import read_told
from impactsound.evaluation.editing import Answer, editing_table
from impactsound.evaluation.editing_figure import editing_figure
from impactsound.evaluation.editing_kinds import read_edits
from impactsound.evaluation.pictures import write as write_figure
from impactsound.jobs import device, job
from impactsound.provenance import write_table
from impactsound.retrieval.bank import matched


def sounds(model: str, told: tuple[str, ...], sources: list[str], priors: Priors) -> torch.Tensor:
    """What a network makes of the clips under every edit, `[edit, clip, time]`."""
    kept = [part for part in told if part not in REMADE]
    same = read_told(kept, files, clips, sources, clip, params.materials)
    network, _ = load(model)
    return edited_sounds(
        network.to(place), same, told, priors, clips, clip, params.sampling, (params.seed, params.network_seed)
    )


with job(snakemake), torch.inference_mode():
    place, params, clip = device(snakemake), snakemake.params, Clip(**snakemake.params.clip)
    files = {"labels": snakemake.input.test, **dict(snakemake.input.items())}
    clips = clips_of(files["test"])
    clips = clips[:: -(-len(clips) // params.editing["clips"])]  # spread over the materials
    edits = read_edits(params.editing["edits"])
    models, answers = iter(snakemake.input.models), {}
    for name, system in params.systems.items():
        sources = matched(files["matches"], clips) if system["of"] == "matched" else clips
        priors = read_priors(files, sources)
        edited = priors.edited([edit.change for edit in edits.values()])
        asked = edited.rendered(clip)
        made = asked if system["makes"] == "render" else sounds(next(models), system["told"], sources, edited)
        answers[name] = Answer(priors.modes, asked, made)
    table = editing_table(edits, answers, clip, params.seed)
    write_table(snakemake, table, snakemake.output.table)
    write_figure(editing_figure(table), snakemake.output.png, snakemake.output.svg)
