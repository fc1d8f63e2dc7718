"""Sources that are asked: what came so far, and when it is a delivery."""
