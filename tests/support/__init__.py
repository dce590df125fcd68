"""What the tests are built from: a clock to turn by hand, real servers, a real browser."""
