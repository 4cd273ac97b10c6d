"""What a shop's conversations teach: findings with evidence, decided by a person."""
