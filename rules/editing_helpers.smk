EDITING = config["evaluation"]["editing"]


def editable(system):
    """Whether a system renders modes, or is told of a sound what follows from its modes and residual alone."""
    told = FROM_SOUND & set(system.told)
    return system.makes == "render" or system.physical and told <= {"modes", "residual", "rendered"}


for name in EDITING["systems"]:
    if name not in SYSTEMS or not editable(SYSTEMS[name]):
        raise WorkflowError(
            f"config: evaluation.editing.systems: {name!r} is no system of `systems` whose modes can be edited"
        )


def editing_models(wildcards):
    """The networks of the systems that are edited, in their order."""
    trained = [SYSTEMS[name].network for name in EDITING["systems"] if SYSTEMS[name].trained]
    return [at(f"networks/{network}/{SEEDS[0]}/model.safetensors")(wildcards) for network in trained]


def editing_modules():
    """The modules of those networks that are found by their names."""
    return {module for name in EDITING["systems"] for module in SYSTEMS[name].modules}
