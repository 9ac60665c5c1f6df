"""What a code opens: the resolver, the status of the moment, the record, and its proof."""
