"""The channel for WeCom customer service (微信客服)."""
