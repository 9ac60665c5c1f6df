"""Lots, the events that happen to them, labels, packing, and the page a code opens.

Front door: the `commands` and `queries` of events, diary, lots, labels, packing, scans, recall
and trace_page. Does not know the market: whoever sells asks us.
"""
