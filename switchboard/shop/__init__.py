"""The shop's own facts and words: policy, catalogue, texts in two languages."""
