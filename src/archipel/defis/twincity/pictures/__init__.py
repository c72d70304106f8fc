"""Pictures read from files, and sheets of them with boxes drawn."""
