"""What the report shows besides its own sections: tables and pictures, by topic, with what they say and how to read it.

A topic is shown where its tables or its picture were made. To show another table, add a topic.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from impactsound.evaluation.grids import Column, Grid, grid

COLUMNS = {
    "fid": Column("FID", "lower", "Fréchet distance between Gaussians fitted to the features of both sets"),
    "kid": Column("KID", "lower", "unbiased squared kernel distance of the features, cubic; may fall below 0"),
    "kad": Column("KAD", "lower", "kernel audio distance of the features: as KID, with a Gaussian kernel"),
    "kl": Column("KL", "lower", "divergence, in nats, of the judge's material posterior from the real sound's"),
    "accuracy": Column("Accuracy", "higher", "share of sounds of which the judge recognises the material"),
    "macro_accuracy": Column("Macro accuracy", "higher", "the same share, averaged over the materials"),
    "log_distance": Column(
        "Log distance", "lower", "mean difference of the log magnitudes of several STFTs, in nepers"
    ),
    "centroid_error": Column("Centroid error", "lower", "difference of the spectral centroids, in octaves"),
    "decay_error": Column("Decay error", "lower", "difference of the T60s, in doublings"),
    "loudness_error": Column("Loudness error", "lower", "difference of the levels at equal peaks, in dB"),
    "precision": Column("Precision", "higher", "share of what is found that is there"),
    "recall": Column("Recall", "higher", "share of what there is to find, modes or hits, that is found"),
    "f_measure": Column("F-measure", "higher", "harmonic mean of precision and recall"),
    "error_ms": Column("Error", "lower", "median distance in time from the true hit, of those found, in ms"),
    "frequency_error": Column("Frequency error", "lower", "median over the modes found, in Hz"),
    "t60_error": Column("T60 error", "lower", "median over the modes found, re the true T60"),
    "spurious": Column("Spurious", "lower", "share of the loud modes found that the clip does not have"),
    "p": Column("p", meaning="chance of so large a difference if there were none, two-sided"),
    "p_holm": Column("p (Holm)", meaning="the same, corrected for the number of comparisons in the table"),
}


@dataclass(frozen=True)
class Topic:
    """What is shown of a topic: under which section, titled and told how, and of what.

    tables, picture: by name; the files are `tables/<name>.csv` and `figures/<picture>.png`. folded: whether the tables
    are to be unfolded first.
    """

    section: str
    title: str
    text: str
    tables: tuple[str, ...] = ()
    picture: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Shown:
    """A topic with what was made of it; the picture is a PNG, empty where there is none."""

    topic: Topic
    grids: list[Grid] = field(default_factory=list)
    picture: bytes = b""


SECTIONS = {  # by the anchor: what they are called
    "doubts": "How sure the comparison is",
    "ablations": "What the physics is worth",
    "matching": "Matching",
    "unseen": "The unseen",
    "noise": "Noise and rooms",
    "editing": "Editing",
    "hits": "Finding hits",
    "making": "Sampling and vocoder",
    "cost": "Time and memory",
}
TOPICS = (
    Topic(
        "doubts",
        "Everything that was measured",
        "All distances, and how far the brightness, the decay and the level of the sounds are from the true ones'.",
        ("comparison",),
        folded=True,
    ),
    Topic(
        "doubts",
        "Are the differences more than chance?",
        "Each system against the reference on the same clips: the difference, its 95 % interval and p, by a test that "
        "exchanges the two within whole videos, whose hits are alike.",
        ("paired",),
    ),
    Topic(
        "doubts",
        "What the judge hears",
        "Rows are the true materials, columns what the judge names; a system that makes every sound alike shows as a "
        "column.",
        picture="confusion",
    ),
    Topic(
        "doubts",
        "Are they copies?",
        "How far each sound lies from the nearest training sound, beside how far real test sounds do. A system whose "
        "sounds lie nearer than real ones ever do repeats what it was trained on; retrieval does so by design.",
        ("copies",),
    ),
    Topic(
        "doubts",
        "Do they ring as the true thing does?",
        "Modes estimated from each system's sounds, against those of the clip: the true ones, where known.",
        ("heard_modes",),
    ),
    Topic(
        "ablations",
        "Number of residual bands",
        "The same system trained on residuals of more and fewer noise bands; without any it is told the modes alone.",
        ("ablation_residual",),
    ),
    Topic(
        "ablations",
        "Range of the decays",
        "The residual's T60s kept within other ranges, and the paper's parametrisation, linear from 1e-5 to 0.5 s.",
        ("ablation_decay_range",),
    ),
    Topic(
        "ablations",
        "What the denoiser is told",
        "The video alone, with the modes, with the residual, with both, and with the spectrogram that both render.",
        ("ablation_conditioning",),
    ),
    Topic(
        "ablations",
        "Guidance",
        "How strongly the condition is followed when sampling; 1 is not at all beyond what was learned.",
        ("ablation_guidance",),
    ),
    Topic(
        "matching",
        "Ways to match",
        "How often the match is of the right material, and how near its physics comes to the clip's own: by distance "
        "of what is seen, blends of several matches, and an embedding learned from sight and sound together; beside "
        "the latent regressed from the video, the nearest entry by physics (a bound) and a random one (chance).",
        ("matching", "matching_intervals", "matching_reliability"),
        "matching",
        folded=True,
    ),
    Topic(
        "matching",
        "What it does to the sound",
        "The same denoiser, told the physics that each way finds.",
        ("ablation_matching",),
    ),
    Topic(
        "unseen",
        "Away from what was trained on",
        "Things that training lacked, by a material or by their size, and all test clips by how far their physics lies "
        "from the nearest training clip. Dashed lines are the same clips by systems that were trained on everything.",
        ("unseen",),
        "unseen",
        folded=True,
    ),
    Topic(
        "noise",
        "What is estimated",
        "Modes and residual estimated from worse recordings of the test clips, against the truth, and the sounds that "
        "they rebuild, against the clean ones. Noise is taken for residual, there being nothing to tell it apart by.",
        ("noise",),
    ),
    Topic(
        "noise",
        "What is generated",
        "The same system trained on worse recordings; its sounds are judged against clean ones.",
        ("ablation_noise",),
    ),
    Topic(
        "editing",
        "What was asked, and what was heard",
        "Edits of the physics a system is told: the change that the rendered physics shows against the change in the "
        "sound that is generated. On the dashed line an edit does what it says; on the horizontal one, nothing.",
        ("editing",),
        "editing",
        folded=True,
    ),
    Topic(
        "hits",
        "Hits found in silent video",
        "In test videos, by a detector that sees the picture alone, beside a baseline that watches for motion to turn; "
        "a hit counts as found within the tolerance, in seconds. Of all hits together, and averaged over videos.",
        ("onsets",),
        "onsets",
        folded=True,
    ),
    Topic(
        "making",
        "Quality against evaluations of the network",
        "KID (lower is better) and recognition of sounds for validation clips, by sampler; bands are 95 % intervals.",
        ("sampling",),
        "sampling",
        folded=True,
    ),
    Topic(
        "making",
        "From a spectrogram to a sound",
        "How near Griffin-Lim comes to the spectrogram it is given, and to the waveform, by the phase that it starts "
        "from; circles mark the fewest iterations within 0.5 dB of the best.",
        ("vocoder",),
        "vocoder",
        folded=True,
    ),
    Topic(
        "cost",
        "What each stage takes",
        "Wall time, processor time and memory by stage; jobs run side by side, so that the sum is no time "
        "that anyone has waited.",
        ("timing_stages",),
        "timing",
    ),
)


def shown(tables: Mapping[str, str | Path], pictures: Mapping[str, str | Path]) -> dict[str, list[Shown]]:
    """The topics of every section that has any, with what was made of them.

    Args:
        tables: CSV files by name; pictures: PNG files by name.
    """
    found: dict[str, list[Shown]] = {section: [] for section in SECTIONS}
    for topic in TOPICS:
        grids = [grid(tables[name], COLUMNS) for name in topic.tables if name in tables]
        picture = Path(pictures[topic.picture]).read_bytes() if topic.picture in pictures else b""
        if grids or picture:
            found[topic.section].append(Shown(topic, grids, picture))
    return {section: topics for section, topics in found.items() if topics}
