"""Files of PET studies, read and written; every mistake is named by file, line and column."""
