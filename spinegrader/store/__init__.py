"""The project on disk: journals, HDF5 snapshot, pixel files."""
