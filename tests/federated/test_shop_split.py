"""How one shop's messages are dealt out to several."""

import numpy as np

from switchboard.federated.shop_split import deal_out

LABELS = np.repeat(np.arange(40), np.random.default_rng(3).integers(20, 200, 40))


def test_every_message_goes_to_one_shop():
    dealt = deal_out(LABELS, 5, seed=1)
    assert np.array_equal(np.sort(np.concatenate(dealt)), np.arange(len(LABELS)))


def test_shops_lack_intents_and_have_few_of_others():
    for seed in range(1, 6):
        for rows in deal_out(LABELS, 5, seed):
            counts = np.bincount(LABELS[rows], minlength=40)
            assert (counts == 0).any()
            assert ((counts > 0) & (counts < 10)).any()


def test_another_seed_deals_otherwise_and_the_same_alike():
    first, again, other = (deal_out(LABELS, 5, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert [len(rows) for rows in first] != [len(rows) for rows in other]
