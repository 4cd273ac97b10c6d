"""Messages between platforms and assistant: received once, processed in order, delivered."""
