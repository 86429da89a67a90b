"""Estimate the modes of every system's sounds, and judge them by those of the clip."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.selection import clips_of
from impactsound.corpus.table import load
from impactsound.evaluation.descriptors import peak_normalised
from impactsound.evaluation.heard_modes import heard_modes_table
from impactsound.evaluation.truth import true_modes
from impactsound.jobs import device, job
from impactsound.physics.batches import estimate_clips
from impactsound.physics.modes import Modes
from impactsound.physics.priors import read_modes
from impactsound.provenance import write_table


def heard(path: str) -> tuple[Modes, Modes]:
    """The clips' modes, true where the truth is known, and those of the sounds in a file."""
    sound = peak_normalised(torch.from_numpy(store.read(path, "sounds/1", "sound", clip=clips)[0]))
    most = params.modes["max_modes"]
    found, onset = estimate_clips(sound, clips, clip.sample_rate, most, snakemake.threads, place)
    if not inputs.truth:
        return read_modes(inputs.modes, clips)[0], found
    return true_modes(rows, inputs.truth, clip, peak, onset), found


with job(snakemake), torch.inference_mode():
    place = device(snakemake)
    inputs, params, clip = snakemake.input, snakemake.params, Clip(**snakemake.params.clip)
    clips, rows = clips_of(inputs.test), load(inputs.test)
    peak = torch.from_numpy(store.read(inputs.clips, "clips/1", "peak", clip=clips)[0])
    paths = iter(inputs.sounds)
    systems = {row: [heard(next(paths)) for _ in range(seeds)] for row, seeds in params.rows.items()}
    write_table(snakemake, heard_modes_table(systems, clip), snakemake.output.table)
