"""The summary page: `markup` writes HTML, `traced` numbers that name their source, the others its sections."""
