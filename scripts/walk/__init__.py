"""The main job of the whole house, played in a real browser on a fresh installation."""
