"""The check: rules that the tests, the registry and the API are held to."""
