"""`python -m mailconnect`: the same as the command `mailconnect`."""

from mailconnect.cli.main import main

if __name__ == "__main__":
    main()
