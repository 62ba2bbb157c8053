"""Runs on disk and what is told of them. Knows nothing of TensorFlow, problems or references."""
