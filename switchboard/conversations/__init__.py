"""What was said: every event kept, every turn with its route and why."""
