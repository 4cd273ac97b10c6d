"""What the assistant says by itself: news of an order that was asked for, a question left open."""
