"""The generator: physics encoder, denoiser, objective and samplers."""
