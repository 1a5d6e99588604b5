"""What subscribers are told by the hub: channels, texts, when something is told, and links that show a password once.

``finding`` turns new entries of the history into messages, ``sending`` sends them; neither stands in the way of the
work on accounts. Nothing is told before somebody switches it on, and nothing of what happened before that.
"""
