"""The read model of the markets in Redis.

The projector (streams/) writes it, the gateway reads it. It holds nothing that the log does not:
flush it, and it comes back. No names, phone numbers, homes or birth years: workers are ids.

Its keys are in `keys`, the documents they hold in the other modules.
"""
