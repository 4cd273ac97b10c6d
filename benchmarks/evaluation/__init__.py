"""`make evaluate`: how well it understands, beside Rasa's defaults and VADER, in one report."""
