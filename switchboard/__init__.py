"""Switchboard, a customer-service assistant for shops: the product as one package."""
