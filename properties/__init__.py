"""What TensorFlow's routines promise: problems, ways of execution, measures, bounds, verdicts."""
