"""Further figures of each clip: a module each, which the config's `evaluation.measures` names."""
