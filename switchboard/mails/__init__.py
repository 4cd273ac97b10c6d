"""E-mail as tickets and the channel share it: trust, mailboxes, what a message says, threads."""
