"""One file per family of the API: methods of a few lines that name their arguments and type their answers."""
