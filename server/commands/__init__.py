"""The commands, a module a purpose. In: what was typed; out: one call, and its answer printed.

Everything but typer is imported inside the command that needs it, so that a search pays for
nothing else. cli.py gives each its name. Must not know how anything is done.
"""
