"""The bank that answers a visual latent with the physics of the nearest training impact."""
