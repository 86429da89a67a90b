def model_network(wildcards):
    """The network that dubs, where the system has one."""
    system = SYSTEMS[DUBBED]
    if not system.trained:
        return {}
    return {"network": at(f"networks/{system.network}/{SEEDS[0]}/model.safetensors")(wildcards)}
