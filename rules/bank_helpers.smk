def bank_files(wildcards):
    """What the bank is asked by, and its keys: what is seen, or what is embedded."""
    file = "embedding.h5" if of("bank")(wildcards)["distance"] == "embedding" else "visual.h5"
    return {"latents": at(file)(wildcards)}


def matching_variants():
    """The variants whose banks are compared, after that of the corpus."""
    return ["", *config["evaluation"]["matching"]["variants"]]


def matching_matches(wildcards):
    """The matches of every bank that is compared."""
    return in_variants(matching_variants(), "matches.h5")


def matching_ways(wildcards):
    """What the banks are called."""
    return [variant or "bank" for variant in matching_variants()]


def regressed_system():
    """The system whose regression the banks are compared with."""
    name = config["evaluation"]["matching"]["system"]
    if name not in SYSTEMS or SYSTEMS[name].of != "regressed":
        raise WorkflowError(
            f"config: evaluation.matching.system = {name!r} is no system of regressed physics"
        )
    return SYSTEMS[name]


def regressed_files(wildcards):
    """What the latents, own and regressed, are made from."""
    system = regressed_system()
    return made_from(system, SEEDS[0], wildcards) | told_files(system.told, wildcards)


def regressed_told(wildcards):
    """What the latents are made of."""
    return regressed_system().told


def regressed_code(rule_name):
    """A param: the digest of the code of a rule, with the network whose latents are regressed."""

    def digest(wildcards):
        return code(rule_name, *regressed_system().modules)

    return digest
