"""Made-up tickets as pictures, for the demo, the tests and the benchmark."""
