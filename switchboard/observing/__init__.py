"""What the processes tell of themselves: logs, figures, traces, and whether they are ready."""
