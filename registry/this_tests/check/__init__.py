"""Rules, baseline, fixes and suggestions of `this-tests check`."""
