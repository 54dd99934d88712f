"""Doctor: is every provider set up so that the flows can work with it, and if not, what is to be done?

It reads only. Nothing is changed anywhere, no message is posted, and no secret is shown.
"""
