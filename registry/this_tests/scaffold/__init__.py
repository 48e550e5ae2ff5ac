"""What `this-tests init` adds to a project: edits of its files that keep the rest of each as it is."""
