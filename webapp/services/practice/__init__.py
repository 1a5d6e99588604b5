"""The practice platform: a fake NX Play inside the hub, on which everything can be tried and nothing is real.

It is an integration whose gateway is the recipe ``practice``; without such an integration nothing of it exists. Calls
reach it over real HTTP, on a pair of sockets that the process makes for itself: no port is opened, so nobody else can
reach it, and no address is allowed for it. What it knows stands in one row of the hub's own database, so all
processes of a hub see the same platform, and a restart or a restored backup finds it as it was.
"""
