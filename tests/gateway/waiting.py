"""A configuration whose readers wait for what is not fresh: nothing is shown while it is read anew."""

WAITING = """
[usable_seconds]
messages = 0
meetings = 0
past_meetings = 0
conversations = 0
contacts = 0
phone_numbers = 0
"""
