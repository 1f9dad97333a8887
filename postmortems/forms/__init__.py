"""What people type, checked and turned into what the verbs of the models take."""
