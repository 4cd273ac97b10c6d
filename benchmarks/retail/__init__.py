"""A retail benchmark in tau2-bench's layout: its tasks, its tools, and its shop as an order system.

Only the format is known here. The tasks and the shop's data are read from a folder at run time.
"""
