"""`rasa test nlu` with our components."""

import json
import subprocess

from switchboard.cli.processes import BIN
from switchboard.cli.train import newest_model, rasa_environment
from switchboard.project import PROJECT as ROOT

EXAMPLES = """\
version: "3.1"
nlu:
- intent: track_order
  examples: |
    - any idea where order 4805 has got to
    - 请问4805走到哪里了
- intent: check_payment_methods
  examples: |
    - which cards could I use to pay
    - 请问可以刷卡付款吗
"""


def test_rasa_evaluates_the_trained_model(tmp_path):
    data = tmp_path / "nlu.yml"
    data.write_text(EXAMPLES, encoding="utf-8")
    command = [BIN / "rasa", "test", "nlu", "--nlu", data, "--model", newest_model()]
    command += ["--out", tmp_path / "results", "--no-plot", "--no-errors"]
    done = subprocess.run(command, cwd=ROOT, env=rasa_environment(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    report = json.loads((tmp_path / "results" / "intent_report.json").read_text())
    assert report["accuracy"] == 1.0
