"""What the official account and WeCom customer service share: both are WeChat, and speak alike."""
