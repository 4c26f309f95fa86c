"""Run the command line with ``python -m byline``."""

from byline.cli.main import main

if __name__ == "__main__":
    main()
