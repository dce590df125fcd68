"""Speaks to AWS by boto3: clients, credentials, pace, and foreign errors told in our words.

Nothing here knows a provider. Importing this imports no boto3: that happens in a thread, with the
first call.
"""
