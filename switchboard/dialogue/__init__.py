"""The dialogue in Rasa's process: policy, responses, action calls, tracker store, turn order."""
