"""Kept inputs and thousands of accidents to them: lists, addresses and questions."""

import random

import pytest

from .conftest import count
from .fuzz import TARGETS, seeds
from .test_corruption import mutated

INPUTS = count("FUZZ", 1500)


@pytest.mark.parametrize("name", TARGETS)
def test_kept_inputs_hold(name):
    kept = seeds(name)
    assert len(kept) >= 5
    for data in kept:
        TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_accidents_to_kept_inputs_hold(name):
    """INPUTS inputs, each one to four accidents away from a kept one; equal at every run."""
    chance, kept = random.Random(20261124), seeds(name)
    for _ in range(INPUTS):
        data = chance.choice(kept)
        for _ in range(chance.randint(1, 4)):
            data = mutated(data, chance)[:4000]
        TARGETS[name](data)
