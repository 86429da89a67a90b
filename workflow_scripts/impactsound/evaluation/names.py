"""What systems and trainings are called in figures and on the page of the report."""

SYSTEMS = {
    "real": ("Real", "the clip's own sound"),
    "retrieval": ("Retrieval", "the sound of the match: the training clip that looks most alike"),
    "modal": ("Modal", "modes and residual of the match, rendered; no network"),
    "convnet": ("ConvNet", "upsampling convolutions that regress the spectrogram from the video"),
    "transformer": ("Transformer", "a transformer that regresses the spectrogram from the video"),
    "video": ("Video", "diffusion told of the video alone"),
    "video_class": ("Video + class", "diffusion told of the video and of the true material"),
    "video_mfcc": ("Video + MFCC", "diffusion told of the video and of the match's MFCCs"),
    "video_spectral": ("Video + spectral", "diffusion told of the video and of spectral features of the match's sound"),
    "physics": ("Physics", "diffusion told of the video and of the match's physics: modes and residual"),
    "physics_modes": ("Physics, modes only", "diffusion told of the video and of the match's modes"),
    "physics_residual": (
        "Physics, residual only",
        "diffusion told of the video and of the match's residual",
    ),
    "physics_oracle": ("Own physics", "as Physics, but told of the clip's own physics; a bound"),
    "physics_regressed": (
        "Regressed physics",
        "as Physics, but told of the physics that a network expects from the video",
    ),
    "physics_render": (
        "Rendered physics",
        "as Physics, and the denoiser sees the spectrogram that the physics renders",
    ),
}
STAGES = {
    "residual": "Residual model",
    "vision": "Visual encoder",
    "onset": "Detector of hits",
    "classifier": "Sound classifier, the judge",
}


def title(system: str) -> str:
    """What a system is called, and the variant that made it, if one did; one without a name here goes by its own.

    >>> title("physics"), title("snr_5/physics"), title("mine")
    ('Physics', 'Physics, snr_5', 'mine')
    """
    variant, _, name = system.rpartition("/")
    called = SYSTEMS.get(name, (name, ""))[0]
    return f"{called}, {variant}" if variant else called


def training(name: str) -> tuple[str, str]:
    """What a training is called, by its path from the corpus's folder, and its seed, "" where it has but one.

    >>> training("networks/physics/1/regressor"), training("vision")
    (('Physics: regressor', '1'), ('Visual encoder', ''))
    """
    if not name.startswith("networks/"):
        return STAGES.get(name, name), ""
    _, system, seed, *part = name.split("/")
    return ": ".join([title(system), *part]), seed


def stage(name: str) -> str:
    """What a training is called on the page, by its path; the first seed goes unsaid."""
    called, seed = training(name)
    return called + (f", seed {seed}" if seed not in ("", "0") else "")
