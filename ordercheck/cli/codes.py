"""Exit codes, and how `--help` says them."""

OK, FAILED, BAD_INPUT, INCONCLUSIVE, DEFECT = 0, 1, 2, 3, 4
INTERRUPTED, READER_GONE = 130, 141

EXIT_CODES = """\
Exit codes:

\b
  0    everything as expected (where nothing is expected: it holds)
  1    a property is violated, or an expectation is not met
  2    the input cannot be used
  3    inconclusive: a limit was reached, and nothing wrong found before
  4    a defect of ordercheck's; a report file says what happened
  130  interrupted"""
