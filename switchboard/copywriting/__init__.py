"""Posts for platforms, drafted from given facts alone; nothing is published by itself."""
