"""The witnesses that this log asks: who they are, how they are asked, what they answered.

`configured.refresh` reads the policy file, `feeder.feed` asks for cosignatures, `feeder.look` looks at
what the witnesses show to others.
"""
