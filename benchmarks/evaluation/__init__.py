"""`make evaluate`: quality of understanding, beside Rasa's defaults and VADER, in one report."""
