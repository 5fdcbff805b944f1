"""Tables of records: which fields there are, how a cell is read and written, which header means which field. Pure."""
