"""`python -m ordercheck`: the same as `ordercheck`."""

from ordercheck.cli.main import main

if __name__ == "__main__":
    main()
