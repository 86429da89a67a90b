"""Quality of a denoiser's sounds against the evaluations of its network, on validation clips."""

import numpy as np

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.selection import clips_of, labels_of, videos_of
from impactsound.diffusion.build import load
from impactsound.diffusion.generate import sounds, spectrograms
from impactsound.diffusion.told import read_told
from impactsound.evaluation.classifier import load as load_classifier
from impactsound.evaluation.pictures import write
from impactsound.evaluation.sampling import sampling_table
from impactsound.evaluation.sampling_figures import sampling_figure
from impactsound.jobs import device, job
from impactsound.physics.priors import read_rendered
from impactsound.provenance import write_table
from impactsound.retrieval.bank import matched


def generate(sampler: str, steps: int, guidance: float) -> np.ndarray:
    """The sounds that a setting gives, `[clip, time]`."""
    chosen = sampling | {"sampler": sampler, "steps": steps, "guidance": guidance}
    spectrogram = spectrograms(network, told, clips, clip, chosen, seed)
    return sounds(spectrogram, clips, clip, chosen, seed, near, place).numpy()


with job(snakemake):
    place, clip, sampling = device(snakemake), Clip(**snakemake.params.clip), snakemake.params.sampling
    files, system, params = dict(snakemake.input.items()), snakemake.params.system, snakemake.params
    clips = clips_of(files["validation"])
    clips = clips[:: -(-len(clips) // params.table["clips"])]  # spread over the materials
    sources = matched(files["matches"], clips) if "matches" in files else clips
    network = load(files["model"])[0].to(place)
    told = read_told(system["told"], files | {"labels": files["validation"]}, clips, sources, clip, params.materials)
    near = read_rendered(files["rendered"], sources) if "rendered" in files else None
    seed = (params.seed, "sampling table")
    table = sampling_table(
        load_classifier(files["judge"]).to(place),
        store.read(files["clips"], "clips/1", "sound", clip=clips)[0],
        labels_of(files["validation"], clips, params.materials),
        videos_of(files["validation"], clips),
        [(sampler, steps, sampling["guidance"]) for sampler, steps in params.table["settings"]],
        generate,
        params.seed,
    )
    write_table(snakemake, table, snakemake.output.table)
    write(sampling_figure(table), snakemake.output.png, snakemake.output.svg)
