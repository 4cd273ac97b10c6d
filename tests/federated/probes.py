"""Probes of real shops and a real server, run in Flower's own environment:

    python -I probes.py FOLDER-OF-switchboard/federated WORK NAME

Each prints what it found as JSON; tests/federated/test_what_leaves.py and
tests/federated/test_shops_that_fail.py say what that has to be.
"""

import json
import math
import re
import sys
import time
from pathlib import Path

import numpy as np

FEDERATED, WORK, NAME = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
sys.path.append(str(FEDERATED))

from apart import pipe_grid, shop_process
from apart.agreed_terms import Terms
from apart.federation import Federation
from apart.heads import Table, beginning, gradient_sum
from apart.leaving import check_leaving, masked_arrays
from apart.noise import Noise
from apart.pipe_grid import PipeGrid
from apart.quiet import hush
from apart.shop_client import ShopClient
from flwr.common import ArrayRecord, ConfigRecord, MetricRecord, ndarray_to_bytes
from flwr.common.secure_aggregation.secaggplus_constants import RECORD_KEY_CONFIGS, Key
from flwr.common.serde import message_from_proto, message_to_proto
from flwr.proto.message_pb2 import Message as MessageBytes

hush()
INTENTS = tuple(f"secret_wish_{n}" for n in range(20))
TERMS = Terms(INTENTS, ("furious_mood", "calm_mood"), 64, rounds=3, messages=40.0)
AGREED = WORK / "terms.json"


def table(seed, messages):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(messages, TERMS.size))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Table(
        vectors.astype(np.float32),
        random.integers(0, 20, messages).astype(np.int16),
        random.integers(-1, 2, messages).astype(np.int16),
    )


def tables(shops=5):
    found = []
    for at in range(shops):
        own = table(at, 10 + 20 * at)
        own.save(WORK / f"shop-{at}.npz")
        found.append(own)
    return found, [WORK / f"shop-{at}.npz" for at in range(shops)]


def flat(arrays):
    return np.concatenate([array.ravel() for array in arrays])


def updates(owns, weights=None):
    """What each shop would say without a cover, noise or bound."""
    weights = weights or beginning(TERMS)
    return [flat(ShopClient(own, TERMS, math.inf, 9, False).update(weights)) for own in owns]


def first_step(federation):
    """The mean that the server saw in a single round."""
    return -flat(federation.strategy.steps.weights) / TERMS.step


def content_of(frame):
    return message_from_proto(MessageBytes.FromString(frame)).content


def leaves():
    """Everything that leaves five shops in two rounds."""
    owns, paths = tables()
    frames = []
    grid = PipeGrid(paths, AGREED, seen=lambda node, sent: frames.append((node, sent)))
    grid.begin(math.inf, 2, False)
    federation = Federation(grid, TERMS)
    federation.run(1)
    plain, mean = updates(owns), first_step(federation)
    federation.run(1)
    grid.close()
    told, likeness = [], []
    for node, sent in frames:
        content = content_of(sent)
        stage = check_leaving(content, TERMS)
        fields = sorted(content.config_records[RECORD_KEY_CONFIGS])
        beside = {
            name: dict(record)
            for kind in ("config_records", "metric_records", "array_records")
            for name, record in getattr(content, kind).items()
            if name != RECORD_KEY_CONFIGS
        }
        needles = [*INTENTS, *TERMS.moods, "wish", "mood", "@example", str(WORK), "npz"]
        found = [needle for needle in needles if needle.encode() in sent]
        found += [part.decode() for part in re.findall(rb"[\w.]{2,}@[\w.]{2,}\.\w\w", sent)]
        one = {"node": node, "stage": stage, "fields": fields, "beside": beside, "text": found}
        one["bytes"] = len(sent)
        one["sizes"] = {
            name: max(len(part) for part in (value if isinstance(value, list) else [value]))
            for name, value in content.config_records[RECORD_KEY_CONFIGS].items()
            if isinstance(value if not isinstance(value, list) else (value or [0])[0], bytes)
        }
        if "masked" in stage:
            masked = flat(masked_arrays(content, TERMS)[1:])
            mine = plain[node - pipe_grid.FIRST_NODE]
            likeness.append(float(np.corrcoef(masked, mine)[0, 1]))
            one["spread"] = [float(masked.mean() / 2**32), float(masked.std() / 2**32)]
            one["equal"] = [part.tolist() for part in masked_arrays(content, TERMS)[:1]]
        told.append(one)
    wanted = np.mean(plain, axis=0)
    return {
        "frames": told,
        "likeness": likeness,
        "numbers": len(wanted),
        "off": float(np.abs(mean - wanted).max()),
        "sum_likeness": float(np.corrcoef(mean, wanted)[0, 1]),
        "one_off": float(np.abs(mean - plain[0]).max()),
    }


def lists():
    """Answers with something more, or otherwise, than the list has."""
    _, paths = tables(3)
    frames = []
    grid = PipeGrid(paths, AGREED, seen=lambda node, sent: frames.append(sent))
    grid.begin(math.inf, 1, False)
    Federation(grid, TERMS).run(1)
    grid.close()
    by_stage = {check_leaving(content_of(sent), TERMS): sent for sent in frames}
    masked = next(sent for stage, sent in by_stage.items() if "masked" in stage)
    setup = next(sent for stage, sent in by_stage.items() if "setup" in stage)

    def config(key, value, name=RECORD_KEY_CONFIGS):
        def change(content):
            if name not in content.config_records:
                content.config_records[name] = ConfigRecord({})
            content.config_records[name][key] = value

        return change

    def metric(content):
        content.metric_records["fitres.num_examples"] = MetricRecord({"num_examples": 812})

    def array(content):
        content.array_records["fitres.parameters"] = ArrayRecord([np.zeros(3)])

    shapes = ((1,), *TERMS.shapes)

    def arrays(*made):
        return config(Key.MASKED_PARAMETERS, [ndarray_to_bytes(one) for one in made])

    def of(value, kind, shapes=shapes):
        return arrays(*(np.full(shape, value, kind) for shape in shapes))

    changes = {
        "a text": (setup, config("note", "where is my order")),
        "a long key": (setup, config(Key.PUBLIC_KEY_1, b"x" * 4000)),
        "a text as a key": (setup, config(Key.PUBLIC_KEY_1, "maya@example.com")),
        "another record": (setup, config("x", 1, "labels")),
        "how many messages": (masked, metric),
        "a figure of its own": (masked, config("accuracy", 0.5, "fitres.metrics")),
        "a reason": (masked, config("message", "maya@example.com", "fitres.status")),
        "bare weights": (masked, array),
        "fractions": (masked, of(0.5, np.float64)),
        "no numbers": (masked, of(np.nan, np.float64)),
        "beyond the modulus": (masked, of(2**32, np.int64)),
        "below nothing": (masked, of(-1, np.int64)),
        "another shape": (masked, of(1, np.int64, ((1,), (64, 20), (64, 3)))),
        "one head too few": (masked, of(1, np.int64, shapes[:2])),
    }
    told = {}
    for title, (sent, change) in changes.items():
        content = content_of(sent)
        change(content)
        try:
            told[title] = check_leaving(content, TERMS)
        except (ValueError, TypeError) as error:
            told[title] = f"refused: {error}"
    return told


def noise():
    """Noise: how much, whether it is there, whether it is another each time."""
    own = table(1, 400)
    told = {"deviation": {}}
    for epsilon in (0.5, 1.0, 8.0):
        told["deviation"][epsilon] = Noise(epsilon, TERMS.delta, 2.0, 7).deviation
    plain = flat(gradient_sum(own, beginning(TERMS), TERMS.bound)) / TERMS.messages
    first, second = (
        flat(ShopClient(own, TERMS, 1.0, 3).update(beginning(TERMS))) for _ in range(2)
    )
    added = (first - plain) * TERMS.messages
    told["found"] = [float(added.std()), float(((second - plain) * TERMS.messages).std())]
    told["mean"] = float(added.mean())
    told["alike"] = float(np.corrcoef(added, second - plain)[0, 1])
    told["set"] = Noise(1.0, TERMS.delta, TERMS.bound, 3).deviation
    told["none"] = float(
        np.abs(flat(ShopClient(own, TERMS, math.inf, 3).update(beginning(TERMS))) - plain).max()
    )
    return told


def refusals():
    """What a shop says to a server that asks for more than was agreed."""
    told = []
    client = ShopClient(table(1, 30), TERMS, 1.0, 2)
    broken = Table(np.full((5, 64), np.nan, np.float32), np.zeros(5, int), np.zeros(5, int))
    not_a_number = [np.full(shape, np.nan) for shape in TERMS.shapes]
    for title, shop, weights in (
        ("first", client, beginning(TERMS)),
        ("another shape", client, beginning(TERMS)[:1]),
        ("no numbers", client, not_a_number),
        ("second", client, beginning(TERMS)),
        ("third of two", client, beginning(TERMS)),
        ("broken table", ShopClient(broken, TERMS, math.inf, 2), beginning(TERMS)),
    ):
        try:
            told.append([title, len(shop.update(weights))])
        except ValueError as error:
            told.append([title, str(error)])
    return told


def dropping(kill, stage):
    """Shops that die once they answered a stage of the only round."""
    owns, paths = tables()
    grid = None

    def seen(node, sent):
        at = node - pipe_grid.FIRST_NODE
        if at < kill and stage in check_leaving(content_of(sent), TERMS):
            grid.shops[at].process.kill()
            grid.shops[at].process.join()

    grid = PipeGrid(paths, AGREED, seen=seen)
    grid.begin(math.inf, 1, False)
    federation = Federation(grid, TERMS)
    federation.run(1)
    grid.close()
    plain, mean = updates(owns), first_step(federation)
    return {
        "refused": federation.refused,
        "moved": float(np.abs(mean).max()),
        "off_rest": float(np.abs(mean - np.mean(plain[kill:], axis=0)).max()),
        "off_all": float(np.abs(mean - np.mean(plain, axis=0)).max()),
    }


def dies_early():
    """A shop dies before it has shared its keys; two rounds."""
    owns, paths = tables()
    grid = None

    def seen(node, sent):
        if node == pipe_grid.FIRST_NODE and grid.shops[0].process.is_alive():
            grid.shops[0].process.kill()
            grid.shops[0].process.join()

    grid = PipeGrid(paths, AGREED, seen=seen)
    grid.begin(math.inf, 5, False)
    federation = Federation(grid, TERMS)
    federation.run(2)
    grid.close()
    off = first_step(federation) - np.mean(updates(owns[1:]), axis=0)
    told = {"refused": federation.refused, "done": federation.strategy.done}
    return {**told, "off_rest": float(np.abs(off).max())}


def in_a_row():
    """Three of five shops are gone for good."""
    _, paths = tables()
    grid = PipeGrid(paths, AGREED)
    grid.begin(math.inf, 9, False)
    for shop in grid.shops[:3]:
        shop.process.kill()
        shop.process.join()
    return _ended(grid, 9)


def two_shops():
    """A federation of two."""
    _, paths = tables(2)
    return _ended(PipeGrid(paths, AGREED), 1)


def _ended(grid, rounds):
    began = time.monotonic()
    try:
        Federation(grid, TERMS).run(rounds)
    except SystemExit as error:
        return {"said": str(error), "seconds": time.monotonic() - began}
    finally:
        grid.close()
    return {"said": "", "seconds": time.monotonic() - began}


def hostile(pipe, node, path, agreed):
    """A shop that answers as another does, but for its masked numbers; and one that is slow."""
    hush()
    how, own = path.stem.split("-")[0], Table.read(path)
    training = None
    pipe.send_bytes(shop_process.READY)
    while True:
        try:
            frame = pipe.recv_bytes(shop_process.MOST_BYTES)
        except (EOFError, OSError):
            return
        if frame[:1] == shop_process.BEGIN:
            training = shop_process._Training(
                node, own, Terms.read(agreed), **json.loads(frame[1:])
            )
            continue
        sent = training.answer(frame[1:])
        reply = message_from_proto(MessageBytes.FromString(sent))
        told = {} if reply.has_error() else reply.content.config_records[RECORD_KEY_CONFIGS]
        if Key.MASKED_PARAMETERS in told:
            if how == "slow":
                time.sleep(15)
            elif how == "rubbish":
                pipe.send_bytes(b"\x00rubbish")
                continue
            elif how != "shop":
                shape = TERMS.shapes[0] if how == "nan" else (3, 3)
                arrays = [np.ones(1), np.full(shape, np.nan), np.zeros(TERMS.shapes[1])]
                told[Key.MASKED_PARAMETERS] = [ndarray_to_bytes(array) for array in arrays]
                sent = message_to_proto(reply).SerializeToString()
        pipe.send_bytes(sent)


def hostile_shop(how):
    """Three rounds with one such among five; it is left out of the second."""
    owns, paths = tables()
    bad = WORK / f"{how}-0.npz"
    owns[0].save(bad)
    pipe_grid.serve_shop = hostile
    if how == "slow":
        Terms(INTENTS, TERMS.moods, 64, rounds=3, messages=40.0, seconds=8.0).write(AGREED)
    terms = Terms.read(AGREED)
    grid = PipeGrid([bad, *paths[1:]], AGREED)
    grid.begin(math.inf, 5, False)
    federation = Federation(grid, terms)
    federation.run(1)
    mean, plain = first_step(federation), updates(owns)
    federation.run(2)
    grid.close()
    return {
        "off_rest": float(np.abs(mean - np.mean(plain[1:], axis=0)).max()),
        "not_on_the_list": grid.refused,
        "done": federation.strategy.done,
        "refused": federation.refused,
    }


def broken_shop():
    """A shop whose table holds no numbers: it says nothing, and nobody learns why."""
    owns, paths = tables()
    Table(np.full((5, 64), np.nan, np.float32), np.zeros(5, int), np.zeros(5, int)).save(paths[0])
    errors = []

    def seen(node, sent):
        reply = message_from_proto(MessageBytes.FromString(sent))
        if reply.has_error():
            errors.append([node, reply.error.reason])

    grid = PipeGrid(paths, AGREED, seen=seen)
    grid.begin(math.inf, 1, False)
    federation = Federation(grid, TERMS)
    federation.run(1)
    grid.close()
    off = first_step(federation) - np.mean(updates(owns[1:]), axis=0)
    return {"errors": errors, "off_rest": float(np.abs(off).max())}


PROBES = {
    "leaves": leaves,
    "lists": lists,
    "noise": noise,
    "refusals": refusals,
    "one-dies-before-masking": lambda: dropping(1, "share"),
    "two-die-before-masking": lambda: dropping(2, "share"),
    "three-die-before-masking": lambda: dropping(3, "share"),
    "one-dies-after-masking": lambda: dropping(1, "masked"),
    "dies-early": dies_early,
    "in-a-row": in_a_row,
    "two-shops": two_shops,
    "broken-shop": broken_shop,
    **{
        f"{how}-shop": lambda how=how: hostile_shop(how)
        for how in ("nan", "shape", "rubbish", "slow")
    },
}

if __name__ == "__main__":  # each shop's process reads this file as well
    TERMS.write(AGREED)
    print(json.dumps(PROBES[NAME]()))
