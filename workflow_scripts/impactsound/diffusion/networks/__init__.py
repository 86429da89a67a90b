"""Networks that regress a spectrogram from a condition: a module each, which the config's `systems.makes` names."""
