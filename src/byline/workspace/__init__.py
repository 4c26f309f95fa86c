"""Where everything is: the configuration, the layout on disk, atomic files, the ledger."""
