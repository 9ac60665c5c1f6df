"""The log's mathematics and formats: usable alone, with the standard library and `cryptography`.

`tree`, `tiles`: RFC 9162 hashes and proofs, kept as C2SP tiles. `jcs`, `entry`: what a leaf is.
`note`, `checkpoint`, `policy`: who signs a tree head, and whom a verifier trusts.
`proofs`, `verify`: the proof bundle, and the check that needs nobody's server.
Knows no database, no web framework and nothing else of this house. All faults: `errors`.
"""
