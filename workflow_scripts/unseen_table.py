"""Judge the sounds of things unlike those trained on, by how far they are from them."""

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.left_out import is_left_out
from impactsound.corpus.selection import clips_of, labels_of, videos_of
from impactsound.corpus.table import load
from impactsound.evaluation.classifier import load as load_classifier
from impactsound.evaluation.judged import hear, judge_system
from impactsound.evaluation.pictures import write as write_figure
from impactsound.evaluation.unseen import clips_table, physics_distance, unseen_table
from impactsound.evaluation.unseen_figure import unseen_figure
from impactsound.jobs import device, job
from impactsound.physics.priors import read_slots
from impactsound.provenance import write_table

with job(snakemake):
    place, params, inputs = device(snakemake), snakemake.params, snakemake.input
    clip, clips = Clip(**params.clip), clips_of(inputs.test)
    (real,) = store.read(inputs.clips, "clips/1", "sound", clip=clips)
    network = load_classifier(inputs.model).to(place)
    reference, label = hear(network, real), labels_of(inputs.test, clips, params.materials)
    slots, rows = read_slots(inputs.slots, clips, clip), load(inputs.test)
    truth = inputs.truth or None
    variants = {
        name: (
            physics_distance(slots, read_slots(inputs.slots, clips_of(train), clip)).numpy(),
            is_left_out(rows, **left_out, truth=truth).to_numpy(),
        )
        for (name, left_out), train in zip(params.left_out.items(), inputs.train, strict=True)
    }
    paths, judged = iter(inputs.sounds), {}
    for row, seeds in params.rows.items():
        variant, _, system = row.rpartition("/")
        made = [store.read(next(paths), "sounds/1", "sound", clip=clips)[0] for _ in range(seeds)]
        judged[variant, system] = judge_system(network, reference, made, label)
    video = videos_of(inputs.test, clips)
    table = unseen_table(variants, judged, video, params.seed)
    write_table(snakemake, table, snakemake.output.table)
    write_table(snakemake, clips_table(variants, clips, video), snakemake.output.clips)
    write_figure(unseen_figure(table), snakemake.output.png, snakemake.output.svg)
