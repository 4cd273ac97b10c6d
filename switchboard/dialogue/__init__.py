"""Policies, responses, calls of actions and the tracker store: the dialogue in Rasa's process."""
