"""Judge the modes and the residual of disturbed recordings of the test clips."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.selection import clips_of
from impactsound.corpus.table import load
from impactsound.evaluation.noise import CLEAN, Recording, noise_table
from impactsound.evaluation.truth import true_modes
from impactsound.jobs import device, job
from impactsound.physics.modes import render_modes
from impactsound.physics.priors import read_modes, read_rendered
from impactsound.provenance import write_table


def read(settings: dict, heard: str, modes: str, rendered: str) -> Recording:
    """What one way of recording the test clips gave."""
    (loudest,) = map(torch.from_numpy, store.read(heard, "clips/1", "peak", clip=clips))
    found, onset = read_modes(modes, clips)
    truth = true_modes(rows, snakemake.input.truth, clip, loudest, onset) if snakemake.input.truth else None
    modal = render_modes(found, clip.n_samples, clip.sample_rate, onset)
    gain = torch.where(peak > 0, loudest / peak, 1.0)[:, None]
    return Recording(settings, found, truth, {"modes": gain * modal, "both": gain * read_rendered(rendered, clips)})


with job(snakemake), torch.inference_mode():
    device(snakemake)
    clip, inputs = Clip(**snakemake.params.clip), snakemake.input
    clips = clips_of(inputs.test)
    rows = load(inputs.test)
    sound, peak = map(torch.from_numpy, store.read(inputs.clips, "clips/1", "sound", "peak", clip=clips))
    files = zip(snakemake.params.recordings.items(), inputs.heard, inputs.modes, inputs.rendered, strict=True)
    recordings = {name or CLEAN: read(settings, *paths) for (name, settings), *paths in files}
    write_table(snakemake, noise_table(recordings, sound, clip), snakemake.output.table)
