"""Speed and quality, measured against named baselines: `make bench` and `make evaluate`."""
