"""Starting and watching training."""
