rule denoiser_training:
    input:
        manifest="results/{corpus}/manifest.csv",
        clips="results/{corpus}/clips.h5",
        visual="results/{corpus}/visual.h5",
        priors=denoiser_priors,
    output:
        model="results/{corpus}/denoiser/{denoiser}/model.safetensors",
        history="results/{corpus}/denoiser/{denoiser}/history.csv",
    log:
        "results/{corpus}/logs/denoiser_training.{denoiser}.log",
    benchmark:
        "results/{corpus}/benchmarks/denoiser_training.{denoiser}.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=1,
    params:
        code=code("denoiser_training"),
        seed=config["seed"],
        clip=SOUND | SPECTROGRAM,
        diffusion=config["diffusion"],
    script:
        "../workflow_scripts/denoiser_training.py"


rule physics_latents:
    input:
        slots="results/{corpus}/slots.h5",
        residual="results/{corpus}/residual.h5",
        model="results/{corpus}/denoiser/physics/model.safetensors",
    output:
        latents="results/{corpus}/physics_latents.h5",
    log:
        "results/{corpus}/logs/physics_latents.log",
    benchmark:
        "results/{corpus}/benchmarks/physics_latents.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=1,
    params:
        code=code("physics_latents"),
    script:
        "../workflow_scripts/physics_latents.py"
