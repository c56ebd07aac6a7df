"""A command that checks and times everything on a GPU in under eight minutes."""
