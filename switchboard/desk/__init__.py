"""The support team's pages: a web application that never imports Rasa."""
