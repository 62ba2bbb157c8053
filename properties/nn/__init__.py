"""Routines of tf.nn."""
