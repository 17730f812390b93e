"""The reader's grades beside the model's."""
