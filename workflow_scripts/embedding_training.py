"""Learn a space that what is seen and what is heard share."""

import torch

from impactsound import store
from impactsound.corpus.selection import clips_of, videos_of
from impactsound.jobs import device, job
from impactsound.retrieval.embedding import Embedding, Pairs, numbered, read_heard, train_embedding
from impactsound.seeds import seed_of
from impactsound.training import Training
from impactsound.training.rule import run_folder, save_trained


def read(path: str) -> Pairs:
    """Both sides of the clips of a split."""
    clips = clips_of(path)
    (visual,) = store.read(files.visual, "visual/1", "latent", clip=clips)
    heard = read_heard(files.features, clips)
    return Pairs(*(values.to(place) for values in (torch.from_numpy(visual), heard, numbered(videos_of(path, clips)))))


with job(snakemake):
    place, files, settings = device(snakemake), snakemake.input, dict(snakemake.params.embedding)
    training, validation = read(files.train), read(files.validation)
    schedule = Training(**settings.pop("training"))
    config = {"visual_dim": training.visual.shape[1], "sound_dim": training.sound.shape[1], **settings}
    seed = (snakemake.params.seed, "embedding")
    torch.manual_seed(seed_of(*seed))
    network = Embedding(**config).to(place)
    history = train_embedding(network, training, validation, schedule, run_folder(snakemake), seed, place)
    save_trained(snakemake, network, config, history)
