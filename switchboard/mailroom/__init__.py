"""Messages between platforms and the assistant: kept until answered, kept until delivered."""
