"""A configuration in which readers wait for data that is not fresh."""

WAITING = """
[usable_seconds]
messages = 0
meetings = 0
past_meetings = 0
conversations = 0
contacts = 0
phone_numbers = 0
"""
