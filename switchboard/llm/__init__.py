"""Language models behind one port: streamed, bounded in time, number and money, one for another."""
