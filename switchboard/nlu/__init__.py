"""Parts that live in Rasa's own process: NLU components, responses, the tracker store."""
