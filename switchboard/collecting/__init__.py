"""What customers said, collected: by consent and period, without duplicates or personal data; and
what comes in from labelling tools and from other systems."""
