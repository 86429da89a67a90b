def initial_weights(wildcards):
    """The file of weights that the visual encoder starts from, where the config names one."""
    weights = of("vision")(wildcards)["weights"]
    return {"weights": weights} if weights else {}
