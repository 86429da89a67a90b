"""Impact sounds for silent video, by a diffusion model that is given the physics of the struck object."""
