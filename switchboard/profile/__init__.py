"""What is known of a customer, over the conversations that were proved to be theirs."""
