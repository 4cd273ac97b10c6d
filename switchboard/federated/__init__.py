"""One model of several shops without a shared talk: what they learn together, and what leaves them.

`apart/` runs in an environment of its own, where Flower and diffprivlib are and Rasa is not.
"""
