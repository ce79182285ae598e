"""What a function may be handed besides its inputs: resources, config and IO managers."""
