"""Material for the vertebra detector, made from simulated visits and from real images.

Nothing that is made here is part of the project: it is written to a folder of the caller's.
"""
