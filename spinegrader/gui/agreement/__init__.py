"""How well readers and models agree, what they differ on, and change over time."""
