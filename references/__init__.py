"""Truths: exact values with a proved radius, and second opinions. Knows nothing of TensorFlow."""
