"""Put together the model that dubs footage: weights, bank and settings in one directory."""

from impactsound.config import Clip
from impactsound.dubbing import bank
from impactsound.dubbing.model import write_model
from impactsound.dubbing.settings import Settings
from impactsound.jobs import job
from impactsound.systems import System

with job(snakemake) as log:
    files, params = dict(snakemake.input.items()), snakemake.params
    settings = Settings(
        corpus=params.corpus,
        kind=params.kind,
        materials=tuple(params.materials),
        clip=Clip(**params.clip),
        name=params.name,
        system=System(**params.system),
        sampling=params.sampling,
        seed=tuple(params.seed),
        distance=params.bank["distance"],
        reach=bank.reach(files["matches"], files["validation"]),
    )
    weights = {"vision": files["vision"], "onset": files["onset"], "residual": files["renderer"]}
    weights |= {"network": files["network"]} if "network" in files else {}
    entries = bank.gather(files)
    write_model(snakemake.output.model, weights, entries, settings)
    log.info("%d impacts; a hit is far beyond %.4g", len(entries.clips), settings.reach)
