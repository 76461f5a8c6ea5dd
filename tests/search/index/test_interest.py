import numpy as np

from search.index import dense
from search.index.interest import Covariance


def opened(tmp_path, vectors):
    dense.write(tmp_path / "dense.faiss", vectors)
    return dense.open_index(tmp_path / "dense.faiss")


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_what_everything_has_in_common_counts_little(tmp_path):
    chance = np.random.default_rng(7)
    common = np.zeros(32)
    common[0] = 3
    vectors = unit(common * chance.standard_normal((500, 1)) + chance.standard_normal((500, 32)))
    covariance = Covariance.measure(opened(tmp_path, vectors))
    example = unit(np.eye(32)[:1] + np.eye(32)[1:2])
    direction = covariance.interest(example, [1.0]).direction
    assert abs(direction[1]) > 2 * abs(direction[0])
    along = covariance.sample @ direction
    deviation = np.median(np.abs(along - np.median(along)))
    assert np.isclose(1.4826 * deviation, 1, atol=1e-3)


def test_a_negative_example_turns_the_direction_away(tmp_path):
    chance = np.random.default_rng(8)
    vectors = unit(chance.standard_normal((300, 16)))
    covariance = Covariance.measure(opened(tmp_path, vectors))
    liked, disliked = vectors[0], vectors[1]
    alone = covariance.interest(liked[None], [1.0]).direction
    against = covariance.interest(np.stack([liked, disliked]), [1.0, -1.0]).direction
    assert disliked @ against < disliked @ alone
    assert liked @ against > 0
