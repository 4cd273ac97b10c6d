"""The demo: customers who talk to the running assistant by themselves, and people who answer."""
