"""Recognisers of personal data for Presidio's analyzer, one sort a module."""
