"""One file per ecosystem: how a project of it is recognised, what is installed for it, how it is built and started."""
