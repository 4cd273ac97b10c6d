"""Messages between platforms and assistant: taken in once, worked on in order, delivered."""
