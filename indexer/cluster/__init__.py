"""A build whose heavy stages run on many machines; see docs/scale.md."""
