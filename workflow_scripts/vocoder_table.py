"""Measure the vocoder on validation clips: by the phase that it starts from and its iterations."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.selection import clips_of, videos_of
from impactsound.evaluation.pictures import write
from impactsound.evaluation.vocoder import vocoder_table
from impactsound.evaluation.vocoder_figures import vocoder_figure
from impactsound.jobs import device, job
from impactsound.physics.priors import read_rendered
from impactsound.provenance import write_table
from impactsound.retrieval.bank import matched
from impactsound.vocoder.griffin_lim import onset_phase, phase_of, random_phase

MOST = 256  # clips, which bounds time and memory

with job(snakemake), torch.inference_mode():
    place, clip, seed = device(snakemake), Clip(**snakemake.params.clip), snakemake.params.seed
    clips = clips_of(snakemake.input.validation)
    clips = clips[:: -(-len(clips) // MOST)]
    (sound,) = store.read(snakemake.input.clips, "clips/1", "sound", clip=clips)
    heard = sound.any(1)  # of silence there is nothing to find
    clips, sound = [name for name, kept in zip(clips, heard, strict=True) if kept], sound[heard]
    priors = {"modal_matched": matched(snakemake.input.matches, clips), "modal_own": clips}
    starts = {"random": random_phase(clips, clip, seed, "phase"), "onset": onset_phase(clip)}
    for start, of in priors.items():
        starts[start] = phase_of(read_rendered(snakemake.input.rendered, of), clip)
    starts = {start: phase.to(place) for start, phase in starts.items()}
    videos = videos_of(snakemake.input.validation, clips)
    table = vocoder_table(torch.from_numpy(sound).to(place), starts, clip, clips, videos, seed)
    write_table(snakemake, table, snakemake.output.table)
    write(vocoder_figure(table), snakemake.output.png, snakemake.output.svg)
