"""Language models behind one port: streaming, limits on time, size and money, fallback."""
