"""Figures of the simulated customers (`switchboard/goals/`)."""
