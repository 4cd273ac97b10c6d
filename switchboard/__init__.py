"""What Switchboard is, without Rasa and without a web framework."""
