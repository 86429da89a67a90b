"""Judge the physics of the test clips: modes against the truth, where it is known, and what is rebuilt from them."""

import torch

from impactsound import store, weights
from impactsound.config import Clip
from impactsound.corpus.selection import clips_of
from impactsound.corpus.table import load
from impactsound.evaluation.physics import physics_table
from impactsound.evaluation.truth import true_modes
from impactsound.jobs import device, job
from impactsound.physics.modes import render_modes
from impactsound.physics.priors import read_modes
from impactsound.physics.residual import Residual
from impactsound.physics.residual_encoder import ResidualEncoder
from impactsound.provenance import write_table

with job(snakemake), torch.inference_mode():
    device(snakemake)
    clip = Clip(**snakemake.params.clip)
    clips = clips_of(snakemake.input.test)
    rows = load(snakemake.input.test).set_index("clip", drop=False).loc[clips]
    sound, peak = map(torch.from_numpy, store.read(snakemake.input.clips, "clips/1", "sound", "peak", clip=clips))
    found, onset = read_modes(snakemake.input.modes, clips)
    truth = true_modes(rows, snakemake.input.truth, clip, peak, onset) if snakemake.input.truth else None
    modal = render_modes(found, clip.n_samples, clip.sample_rate, onset)
    settings = weights.config(snakemake.input.model)
    network = weights.load(snakemake.input.model, ResidualEncoder(Clip(**settings.pop("clip")), **settings))
    bands = store.read(snakemake.input.residual, "residual/2", "weight", "delay", "t60", clip=clips)
    both = modal + network.render(Residual(*map(torch.from_numpy, bands)))
    table = physics_table(
        rows["material"].to_numpy(dtype=str), sound, {"modes": modal, "both": both}, found, truth, clip
    )
    write_table(snakemake, table, snakemake.output.physics)
