"""What a model is tried in reaches nobody whom the deployment reaches."""

import os

from switchboard.cli.learn_compare import _serve_both
from switchboard.cli.trial_servers import bare_settings
from switchboard.learning.candidate import Candidate
from switchboard.settings import load_settings, setting_names


def test_a_trial_has_no_platform_no_model_and_no_database_of_others(monkeypatch, tmp_path):
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)
    plain = load_settings({})
    given = {
        "OPENAI_API_KEY": "sk-x",
        "TELEGRAM_BOT_TOKEN": "1:x",
        "TELEGRAM_POLLING": "yes",
        "SWITCHBOARD_EMAIL_ADDRESS": "shop@example.com",
        "SWITCHBOARD_DATABASE_URL": "postgresql://a:b@db/serving",
        "SWITCHBOARD_REDIS_URL": "redis://cache",
        "SWITCHBOARD_HOST": "0.0.0.0",
        "SWITCHBOARD_DATA_DIR": str(tmp_path),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    tried = load_settings({**os.environ, **bare_settings()})
    assert tried.data_dir == tmp_path
    assert tried == plain.copy(update={"data_dir": tmp_path})


def test_a_shop_without_goals_is_told(tmp_path, capsys):
    assert _serve_both(Candidate(tmp_path, tmp_path), tmp_path, tmp_path / "goals") is None
    assert f"there is no folder {tmp_path / 'goals'}" in capsys.readouterr().out
